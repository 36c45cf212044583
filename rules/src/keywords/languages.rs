//! What revokes in Spanish and in French, written as `normalise` writes it. Data.

/// Phrases that revoke wherever they stand, unless a negation stands right before them.
#[rustfmt::skip]
pub const SPANISH: &[&str] = &[
    "deje de molestar", "no quiero mas mensajes", "no quiero mas textos", "ya no quiero mensajes", "ya no quiero textos",
    "ya no quiero mas mensajes", "ya no quiero recibir", "dejen de escribirme", "dejen de mandarme", "dejen de enviarme",
    "dejen de molestar", "dejen de molestarme", "dejen de mandar mensajes", "dejen de enviar mensajes", "no me manden mas",
    "no me manden mensajes", "no me manden nada", "no me mande mas", "no me mande mensajes", "no me envien mas",
    "no me envien mensajes", "no me envien nada", "no me envie mas", "no me envie mensajes", "no mas mensajes", "no mas textos",
    "no mas correos", "no me escriban", "no me escriba", "no me contacten", "no me molesten", "deje de mandar",
    "deje de enviar", "deja de mandar", "deja de enviar", "quiten mi numero", "borren mi numero", "eliminen mi numero",
    "quitenme", "borrenme", "eliminenme", "no quiero recibir", "deja de escribirme", "deje de escribirme", "deja de mandarme",
    "deje de mandarme", "deja de enviarme", "deje de enviarme", "deja de molestar", "deja de molestarme", "deje de molestarme",
    "no me envies", "no me mandes mas", "no me mandes mensajes", "no me mandes textos", "no me mandes nada", "no me escribas",
    "no me vuelvan a escribir", "no me vuelvan a mandar", "no me vuelvan a contactar", "no me vuelva a escribir",
    "no vuelvan a escribirme", "quiteme de", "quitame de", "borreme", "borrame", "elimineme", "eliminame", "saquenme",
    "saqueme", "sacame de", "no quiero sus mensajes", "no quiero estos mensajes", "no quiero sus textos", "no deseo recibir",
    "no deseo mas", "no autorizo", "darme de baja", "denme de baja", "deme de baja", "dejenme en paz", "dejeme en paz",
    "dejame en paz", "paren de mandar", "paren de enviar", "paren de escribir", "pare de mandar", "pare de enviar",
    "alto a los mensajes", "tiene el numero equivocado", "se equivoco de numero",
];

/// As Canada's and Louisiana's customers write it.
#[rustfmt::skip]
pub const FRENCH: &[&str] = &[
    "arretez de menvoyer", "arretez de mecrire", "arretez de me texter", "arretez de me contacter", "arretez les textos",
    "arretez les messages", "arretez vos messages", "arrete de menvoyer", "arrete de mecrire", "ne mecrivez plus",
    "ne menvoyez plus", "ne me textez plus", "ne me contactez plus", "plus de textos svp", "desabonnez moi", "me desabonner",
    "desinscrivez moi", "me desinscrire", "retirez moi", "retirez mon numero", "enlevez moi de", "enlevez mon numero",
    "supprimez mon numero", "laissez moi tranquille", "je ne veux plus de messages", "je ne veux plus recevoir",
    "je ne veux plus de textos",
];

/// Messages that revoke when they are the whole message, manners aside.
#[rustfmt::skip]
pub const WHOLE: &[&str] = &[
    "numero equivocado", "se equivoco de numero", "cancelar suscripcion", "no molestar", "no molesten", "desabonner",
    "desabonnement", "desinscrire", "desinscription", "mauvais numero", "arretez", "plus de textos", "plus de messages",
];
