require "body";
if body { keep; }
if body :content :raw "a" { keep; }
if body :raw :text "a" { keep; }
