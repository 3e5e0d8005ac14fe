# Every line but this one holds a mistake that the compiler reports.
require ["fileinto", "time-travel"];
if address :domain :is "from" "boss@example.org" { flieinto "Boss"; }
if header :contians "subject" "sale" { fileinto ""; }
if size :over 10X { discard; }
redirect "nobody at example.org";
stop; keep;
