require ["regex", "comparator-i;ascii-numeric"];
if header :regex "a" "(open" { keep; }
if header :regex "a" "[z-a]" { keep; }
if header :regex :comparator "i;ascii-numeric" "a" "1" { keep; }
