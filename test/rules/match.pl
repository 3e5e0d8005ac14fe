# Matches patterns as SpamAssassin does: on bytes, flags put before the pattern. A line holds, in hexadecimal and
# parted by spaces, flags, pattern and texts ("-" for an empty one); the answer is a digit a text, or E for a pattern
# that Perl does not take.
use strict;
no warnings;
$| = 1;
while (my $line = <STDIN>) {
  chomp $line;
  my ($flags, $source, @texts) = map { $_ eq '-' ? '' : pack('H*', $_) } split / /, $line;
  my $pattern = $flags eq '' ? $source : "(?$flags)$source";
  my $compiled = eval { qr/$pattern/aa };
  print defined $compiled ? join('', map { $_ =~ $compiled ? 1 : 0 } @texts) : 'E', "\n";
}
