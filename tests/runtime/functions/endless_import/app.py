"""No function is created: the import never ends (the limit of creation says so)."""

while True:
    pass
