if size :over 10Q { keep; }
if size :over 99999999999999999999999G { keep; }
if size :over -1 { keep; }
if size :over 1.5 { keep; }
