require "spamtestplus";
if spamtest :percent { keep; }
if spamtest :percent 5 { keep; }
if spamtest :percent :percent "5" { keep; }
if spamtestplus :percent "5" { keep; }
