# Which rules SpamAssassin finds in messages, without network: paths on standard input, for each a line on standard
# output with the names, those that score first and a second tab behind them, those of its sub-rules.
use strict;
use warnings;
use File::Temp;
use Mail::SpamAssassin;

my $state = File::Temp->newdir;
my $filter = Mail::SpamAssassin->new({
  local_tests_only => 1,
  dont_copy_prefs => 1,
  userprefs_filename => '/dev/null',
  userstate_dir => "$state",
  home_dir_for_helpers => "$state",
  post_config_text => "use_bayes 0\nuse_auto_welcomelist 0\nuse_txrep 0\n",
});
$filter->init(1);
$| = 1;
while (my $path = <STDIN>) {
  chomp $path;
  open my $file, '<:raw', $path or die "$path: $!";
  my $text = do { local $/; <$file> };
  close $file;
  my $message = $filter->parse($text, 1);
  my $status = $filter->check($message);
  my %once = map { $_ => 1 } split /,/, $status->get_names_of_subtests_hit;
  print join("\t", $path, $status->get_names_of_tests_hit, join(',', sort keys %once)), "\n";
  $status->finish;
  $message->finish;
}
