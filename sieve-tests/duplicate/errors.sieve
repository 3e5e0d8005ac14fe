require "duplicate";
if duplicate :header "X" :uniqueid "y" { keep; }
if duplicate :seconds "1" { keep; }
if duplicate "x" { keep; }
if duplicate :handle { keep; }
