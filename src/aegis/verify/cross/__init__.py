"""What no schema can see: checks over several objects, one function each."""
