"""How sure and how robust a grade is: certificates, readings."""
