"""The data of the course, one module a data set; everything is read offline from the package or made on the spot."""
