# concept
