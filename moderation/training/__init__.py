"""From labelled rows to a model folder. Nothing at run time imports this package."""
