"""The shipped title model beside its peers, on the same rows."""
