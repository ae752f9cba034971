"""What would the same rules cost in Mesa or NumPy? Peers of the engine, and the test that they are peers."""
