//! The words from which a revocation is read, written as `normalise` writes them. Data.

/// Words of which one or more messages are spoken.
#[rustfmt::skip]
pub const MESSAGES: &[&str] = &[
    "text", "texts", "texting", "txt", "txts", "txting", "message", "messages", "messaging", "msg", "msgs",
    "sms", "email", "emails", "emailing", "notifications", "alerts", "spam", "spamming", "mensajes",
    "textos", "correos",
];

/// What may stand between a verb and `MESSAGES` without changing who is meant.
#[rustfmt::skip]
pub const BETWEEN: &[&str] = &[
    "ur", "other",
    "the", "these", "those", "this", "all", "your", "any", "my", "of", "sending", "getting", "receiving",
    "with", "me", "us", "damn", "fucking", "stupid", "annoying", "automated", "more", "such", "review",
    "marketing",
];

/// Verbs that end something, whose object has to be a message.
#[rustfmt::skip]
pub const ENDING: &[&str] = &[
    "stop", "quit", "cancel", "cease", "discontinue", "halt", "end",
    "disable", "sotp", "stpo", "stopp",
];

/// What somebody does who should no longer do it, whatever follows.
#[rustfmt::skip]
pub const BOTHERING: &[&str] = &[
    "texting", "messaging", "contacting", "emailing", "spamming", "bothering", "harassing", "bugging",
    "calling", "txting", "pestering",
    "nagging", "hounding", "badgering", "annoying", "soliciting", "advertising", "texing", "textin",
];

/// What is asked not to be done to the writer.
#[rustfmt::skip]
pub const REACHING: &[&str] = &[
    "text", "txt", "message", "msg", "contact", "email", "call", "sms",
    "tex", "bother",
];

#[rustfmt::skip]
pub const WRITER: &[&str] = &[
    "call",
    "me", "us", "here", "again", "anymore", "this",
];

/// After "don't text me": then it is about a time or an answer, not about texts.
#[rustfmt::skip]
pub const ABOUT_A_TIME: &[&str] = &[
    "before", "after", "until", "till", "while", "during", "at", "so", "back", "between",
];

#[rustfmt::skip]
pub const NEGATIONS: &[&str] = &[
    "dont", "never", "cant", "wont", "not", "didnt", "doesnt", "wouldnt", "couldnt",
];

/// After "take me off": then it is about a list of work, not of recipients.
#[rustfmt::skip]
pub const LISTS_OF_WORK: &[&str] = &[
    "speaker", "as",
    "schedule", "calendar", "appointment", "appointments", "waitlist", "waiting", "job", "quote",
    "estimate", "hold", "plan", "tuesday", "monday", "wednesday", "thursday", "friday", "saturday", "route",
    "invoice",
    "slot", "sunday", "tomorrows", "todays",
];

#[rustfmt::skip]
pub const PROFANITY: &[&str] = &[
    "fu",
    "fuck", "fucking", "shit", "damn", "fuckin", "wtf", "bullshit", "assholes", "goddamn",
];

/// Phrases that revoke wherever they stand, unless a negation stands right before them.
#[rustfmt::skip]
pub const PHRASES: &[&str] = &[
    "stop asking for", "stop asking me", "quit asking", "enough with the reviews", "enough with the texts", "enough texts",
    "enough messages", "stop begging", "cease and desist", "take this number off", "take my name off", "remove my name",
    "remove from list", "remove from your list", "remove from the list", "delete my contact", "unsubscribe", "opt me out",
    "leave me alone", "leave us alone", "lose my number", "lose this number", "delete my number", "remove my number",
    "remove this number", "take my number off", "delete my info", "erase my number", "revoke my consent", "revoke consent",
    "withdraw my consent", "withdraw consent", "no longer wish to receive", "no longer want to receive",
    "do not wish to receive", "dont wish to receive", "do not want to receive", "dont want to receive", "dont want any more of",
    "no further contact", "not to contact", "not to text", "do not disturb me", "reported as spam", "reporting you",
    "report you", "this is spam", "sue you", "do not send me anything", "dont send me anything", "stop blowing up my",
    "quit blowing up my", "no more review requests", "stop the review requests", "stop with the review requests",
    "stop review requests", "enough with the messages", "enough with these", "enough of these texts",
    "enough of these messages", "enough of your texts", "tired of these texts", "tired of your texts", "tired of the texts",
    "tired of these messages", "tired of getting texts", "sick of these texts", "sick of your texts", "sick of the texts",
    "sick of these messages", "sick of getting texts", "unsuscribe", "unsubcribe", "unsubscrib", "unsubscibe", "unsubscripe",
    "unsubsribe", "unscribe", "un subscribe", "part of stop", "do not reach out to me", "dont reach out to me",
    "do not reach out to us", "dont reach out to us", "do not reach out again", "dont reach out again",
    "never gave you my number", "did not give you my number", "didnt give you my number", "revoke all consent",
    "consent revoked", "consent is revoked", "do not call list", "do not call registry", "do not contact list", "dnc list",
    "to the fcc", "report this number", "reporting this number", "reporting this as spam", "block this number",
    "blocking this number", "blocked and reported", "reported and blocked", "blocking you", "leave me the hell alone",
    "leave me the fuck alone", "leave my family alone", "forget my number", "forget this number", "dont want to hear from you",
    "not want to hear from you", "never want to hear from you", "dont wanna hear from you", "dont want to be on this list",
    "dont want to be on your list", "not want to be on this list", "not want to be on your list", "cease communication",
    "cease all communication", "cease all contact", "stop all communication", "stop all contact", "end all communication",
    "no more contact from", "no further communication", "turn off texts", "turn off the texts", "turn off these texts",
    "turn off your texts", "turn off text messages", "turn off the messages", "turn off these messages", "stop marketing to",
    "dont ask me again", "do not ask me again", "never asked for these texts", "never asked for these messages",
    "never asked for texts",
];

/// Phrases that revoke unless they are about a list of work.
#[rustfmt::skip]
pub const FROM_A_LIST: &[&str] = &[
    "take me off", "remove me", "delete me", "take us off", "remove us", "get us off",
    "get me off", "take this phone off", "take my phone off", "take my cell off", "remove this phone", "remove my phone",
    "remove my cell", "erase me", "get my number off", "get this number off", "drop me from", "cross me off", "scratch me off",
];

/// Messages that revoke when they are the whole message, manners aside: too short to be safe inside a sentence.
#[rustfmt::skip]
pub const WHOLE: &[&str] = &[
    "do not contact", "get lost",
    "no more", "no mas", "stop it", "stop this", "stop that", "stop these", "stop already", "just stop",
    "stop stop", "please just stop", "enough", "enough already", "not interested", "im not interested",
    "wrong number", "you have the wrong number", "you got the wrong number", "u have the wrong number",
    "sorry wrong number", "go away", "fuck off", "fuck you", "piss off", "knock it off", "make it stop",
     "stopp", "sstop", "sotp", "stpo", "stp", "stop texts", "unsuscribe", "unsubcribe",
    "unsubscrib", "unsubscribed", "unsub", "optout me", "stop messages", "do not text", "dont text",
    "no texts", "no text", "no thank you stop",  "end this", "cancel texts", "remove number",
    "stop sending",  "ya basta", "no gracias stop",
    "spam", "no spam", "dnc", "wrong person", "you have the wrong person", "bugger off", "f off", "eff off", "go to hell",
    "no soliciting", "no solicitation", "discontinue", "stop notifications", "stop alerts", "stop promotions", "stop promotion",
    "stop promos", "stop promo", "stop offers", "stop ads", "stop marketing", "stop surveys", "stop reviews", "no more surveys",
    "not interested stop", "no thanks stop", "not interested remove", "s top", "st op", "sto p", "do not reach out",
    "dont reach out",
];

#[rustfmt::skip]
pub const MANNERS: &[&str] = &[
    "please", "pls", "plz", "thanks", "thx", "now", "por", "favor", "gracias",
];

/// Phrases that revoke at the end of a sentence, or with one of the words below after them: one may as well opt out of
/// a warranty, or need somebody to stop by.
#[rustfmt::skip]
pub const ENDINGS: &[&str] = &[
    "i do not consent", "i dont consent",
    "opt out", "opting out", "never signed up", "did not sign up", "didnt sign up", "never consented",
    "asked you to stop", "told you to stop", "want you to stop", "need you to stop", "no quiero mas", "ya no quiero",
    "told you guys to stop", "told you people to stop", "told yall to stop", "asked you guys to stop",
    "asked you people to stop", "asked yall to stop", "i said stop", "i say stop", "didnt i say stop", "stop asking", "never opted in",
    "did not opt in", "didnt opt in", "did not consent", "didnt consent", "not have my consent", "dont have my consent",
    "not have my permission", "dont have my permission", "never gave you permission", "not give you permission",
    "didnt give you permission", "withdraw my permission", "revoke my permission", "dont want to get these",
    "not want to get these", "dont wanna get these", "dont want to be contacted", "not want to be contacted",
    "dont want to be texted", "not want to be texted", "dont wanna be texted", "dont want to be messaged",
];

#[rustfmt::skip]
pub const AFTER_ENDINGS: &[&str] = &[
    "be", "being", "receive", "receiving",
    "twice", "already", "now", "this", "it", "these", "please", "thanks", "texts", "texting", "messages", "messaging",
    "everything", "text", "email", "emails", "your", "any",
    "contact", "message", "again", "anymore", "all", "marketing",
];

/// What may stand beside a bare "stop" without telling what else it is about.
#[rustfmt::skip]
pub const FILLERS: &[&str] = &[
    "yes", "ok", "okay", "no", "hi", "hey", "hello", "just", "omg", "ugh", "sorry", "guys", "sir", "maam", "and", "bye",
];

/// What a customer curses at that is not us.
#[rustfmt::skip]
pub const THINGS_THAT_STOP: &[&str] = &[
    "bus", "by", "truck", "next", "train", "leak", "leaking", "water", "noise", "dripping", "alarm", "beeping",
    "drip", "from",
];

/// Words that mean little else when they are the first clause of a message.
#[rustfmt::skip]
pub const BARE: &[&str] = &["stop", "unsubscribe", "stopall", "optout"];

/// What a recipient is taken off: where one of these is named before a list of work, it is about us.
#[rustfmt::skip]
pub const OUR_LISTS: &[&str] = &[
    "list", "lists", "texts", "text", "messages", "contacts", "system", "database", "sms", "marketing", "everything",
];

/// What is sent that is no message by name.
#[rustfmt::skip]
pub const SENT: &[&str] = &[
    "reviews", "review", "surveys", "survey", "requests", "offers", "promotions", "promos", "ads", "coupons", "reminders", "stuff",
    "anything", "junk", "crap", "shit",
];

/// Sentences that begin so, without the comma after "stop".
#[rustfmt::skip]
pub const BEGINNINGS: &[&str] = &[
    "stop i dont", "stop i do not", "stop i never", "stop i already", "stop im not", "stop i am not", "stop you have the wrong",
    "stop wrong number", "stop wrong person", "stop who is this", "stop this is not", "stop this isnt",
];

/// First clauses that say that it is somebody else's number.
#[rustfmt::skip]
pub const NOT_ME: &[&str] = &[
    "wrong number", "wrong person", "you have the wrong number", "you got the wrong number", "u have the wrong number",
    "you have the wrong person", "i think you have the wrong number", "think you have the wrong number",
];

/// Words between a negation and what somebody then does not ask for: "I did not mean to unsubscribe".
pub const INTENDING: &[&str] = &["mean", "meant", "want", "wanted"];

/// What begins as a phrase does and is something else.
pub const NOT_PHRASES: &[&str] = &["blocking you in"];
