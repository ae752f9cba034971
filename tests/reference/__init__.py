"""What does the model do, told a second time, slowly and without anything of the engine but its draws?"""
