require "environment";
if environment "name" { keep; }
if environment ["name", "host"] "x" { keep; }
if environment :frob "name" "x" { keep; }
if environment { keep; }
if environment :value "gt" "version" "1" { keep; }
