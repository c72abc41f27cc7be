"""Families of nets: generators and discriminators of one architecture, one file a family."""
