"""What people who have run each kind of system say, one module a voice."""
