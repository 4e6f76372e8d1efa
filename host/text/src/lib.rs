//! Reads each piece of text once against every lexicon and detector.
