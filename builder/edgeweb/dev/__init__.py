"""A site while it is being worked on: built quickly, and again whenever something that it is made of is saved."""
