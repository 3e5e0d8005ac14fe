require "duplicate";
if duplicate :uniqueid { keep; }
if duplicate :header ["a", "b"] { keep; }
if duplicate :last "yes" { keep; }
if duplicate :seconds 1 :seconds 2 { keep; }
