"""Does a user's network arrive as it stands in the file, and is everything else reported with its place?"""
