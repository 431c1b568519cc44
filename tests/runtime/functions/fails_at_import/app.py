"""No function is created: an exception while the module is imported."""

print("importing")
raise RuntimeError("this module refuses to be imported")
