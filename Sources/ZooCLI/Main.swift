/// Where the program `zoo` begins. Other programs that are made of this folder begin elsewhere, and leave this file out.
@main
extension Zoo {}
