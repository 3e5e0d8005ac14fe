# a script of more octets than the test allows
keep;
