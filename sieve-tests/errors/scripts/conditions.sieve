if { keep; }
if true;
if "x" true { keep; }
if (true, false) { keep; }
if allof true { keep; }
if anyof { keep; }
if not { keep; }
if true false { keep; }
else { keep; }
keep;
elsif true { keep; }
if true { } else true { keep; }
if true { } else { } else { }
