"""Families of nets: the generator and discriminator of one architecture, one file for each family."""
