"""Large batches: judged in the gaps that single requests leave, and reported back to who asked."""
