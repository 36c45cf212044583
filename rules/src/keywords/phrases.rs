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
];

/// What somebody does who should no longer do it, whatever follows.
#[rustfmt::skip]
pub const BOTHERING: &[&str] = &[
    "texting", "messaging", "contacting", "emailing", "spamming", "bothering", "harassing", "bugging",
    "calling", "txting", "pestering",
];

/// What is asked not to be done to the writer.
#[rustfmt::skip]
pub const REACHING: &[&str] = &[
    "text", "txt", "message", "msg", "contact", "email", "call", "sms",
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
];

#[rustfmt::skip]
pub const PROFANITY: &[&str] = &[
    "fu",
    "fuck", "fucking", "shit", "damn", "fuckin", "wtf", "bullshit", "assholes", "goddamn",
];

/// Phrases that revoke wherever they stand, unless a negation stands right before them.
#[rustfmt::skip]
pub const PHRASES: &[&str] = &[
    "stop asking for", "stop asking me", "quit asking", "enough with the reviews", "enough with the texts",
    "enough texts", "enough messages", "stop begging", "deje de molestar",
    "cease and desist", "take this number off", "take my name off", "remove my name", "remove from list",
    "remove from your list", "remove from the list", "delete my contact", "no quiero mas mensajes",
    "no quiero mas textos", "ya no quiero mensajes", "ya no quiero textos", "ya no quiero mas mensajes",
    "ya no quiero recibir", "dejen de escribirme", "dejen de mandarme", "dejen de enviarme", "dejen de molestar",
    "dejen de molestarme", "dejen de mandar mensajes", "dejen de enviar mensajes", "no me manden mas",
    "no me manden mensajes", "no me manden nada", "no me mande mas", "no me mande mensajes", "no me envien mas",
    "no me envien mensajes", "no me envien nada", "no me envie mas", "no me envie mensajes",
    "unsubscribe", "opt me out",   "leave me alone", "leave us alone",
    "lose my number", "lose this number", "delete my number", "remove my number", "remove this number",
    "take my number off", "delete my info", "erase my number", "revoke my consent", "revoke consent",
    "withdraw my consent", "withdraw consent",   
       "no longer wish to receive",
    "no longer want to receive", "do not wish to receive", "dont wish to receive", "do not want to receive",
    "dont want to receive", "dont want any more of",  "no further contact",
     "not to contact", "not to text", "do not disturb me", "get me off", "reported as spam",
    "reporting you", "report you", "this is spam", "blocking you", "sue you", 
       "do not send me anything",
    "dont send me anything", "no mas mensajes", "no mas textos", "no mas correos", 
       "no me escriban", "no me escriba", "no me contacten",
    "no me molesten",  "deje de mandar", "deje de enviar", "deja de mandar", "deja de enviar",
    "quiten mi numero", "borren mi numero", "eliminen mi numero", "quitenme", "borrenme", "eliminenme",
    "no quiero recibir",  
];

/// Phrases that revoke unless they are about a list of work.
#[rustfmt::skip]
pub const FROM_A_LIST: &[&str] = &[
    "take me off", "remove me", "delete me", "take us off", "remove us", "get us off",
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
];

#[rustfmt::skip]
pub const AFTER_ENDINGS: &[&str] = &[
    "be", "being", "receive", "receiving",
    "twice", "already", "now", "this", "it", "these", "please", "thanks", "texts", "texting", "messages", "messaging",
    "everything", "text", "email", "emails", "your", "any",
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
];

/// Words that mean little else when they are the first clause of a message.
#[rustfmt::skip]
pub const BARE: &[&str] = &["stop", "unsubscribe", "stopall", "optout"];
