import { binarySize, quoted } from './french';
import type { ProblemRow } from './problem-row';

/** Facts of a problem that is not the ledger's. */
export type ProblemFacts = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

const row = (
  status: number,
  title: string,
  detail: string | ((facts: ProblemFacts) => string),
): ProblemRow<ProblemFacts> => ({
  status,
  title,
  detail: typeof detail === 'string' ? () => detail : detail,
});

const seconds = (facts: ProblemFacts) => `${String(facts.retryAfter ?? 1)} s`;

/** What is said before the ledger is asked: the request itself, who sends it, and whether the service can answer. */
export const PLATFORM_PROBLEMS = {
  'bad-request': row(
    400,
    'La requête ne convient pas',
    "L'adresse ou un paramètre ne se lit pas : vérifiez la requête.",
  ),
  'body-required': row(
    400,
    'Le corps de la requête manque',
    'Envoyez un corps JSON (Content-Type: application/json).',
  ),
  'duplicate-field': row(
    400,
    'Un champ figure deux fois',
    'Un objet JSON ne porte pas deux fois le même nom : retirez le doublon.',
  ),
  'idempotency-key-mismatch': row(
    400,
    'Les deux identifiants diffèrent',
    "L'en-tête Idempotency-Key et le champ id désignent la même écriture : donnez la même valeur, ou un seul des deux.",
  ),
  'idempotency-key-required': row(
    400,
    "L'identifiant de la requête manque",
    'Envoyez un UUID nouveau dans l’en-tête Idempotency-Key (ou dans id pour une écriture), et le même en cas de nouvel essai.',
  ),
  'invalid-encoding': row(
    400,
    "Le corps n'est pas de l'UTF-8",
    'Le corps contient des octets qui ne sont pas de l’UTF-8 : envoyez le texte en UTF-8.',
  ),
  'invalid-input': row(400, 'Des champs ne conviennent pas', (facts) =>
    facts.count === 1
      ? 'Un champ ne convient pas : voyez errors.'
      : `${String(facts.count ?? 'Des')} champs ne conviennent pas : voyez errors.`,
  ),
  'length-mismatch': row(
    400,
    'Le corps est incomplet',
    'Le corps reçu n’a pas la longueur annoncée : renvoyez la requête.',
  ),
  'malformed-json': row(400, 'Le JSON est mal formé', (facts) =>
    facts.position === undefined
      ? 'Le corps n’est pas du JSON : vérifiez virgules, guillemets et accolades.'
      : `Le corps n’est plus du JSON à partir du caractère ${String(facts.position)} : vérifiez virgules, guillemets et accolades.`,
  ),
  'too-deep': row(
    400,
    'Le JSON est trop profond',
    (facts) => `Les objets et listes s’emboîtent sur ${String(facts.limit ?? 32)} niveaux au plus.`,
  ),
  'unknown-field': row(400, 'Champ inconnu', 'Ce nom de champ n’est accepté nulle part : retirez-le.'),

  'not-signed-in': row(
    401,
    'Vous n’êtes pas connecté',
    'Connectez-vous (POST /v1/auth/login), ou envoyez une clé d’API valable dans Authorization: Bearer.',
  ),
  'wrong-credentials': row(
    401,
    'E-mail ou mot de passe incorrect',
    'L’e-mail et le mot de passe ne vont pas ensemble : vérifiez-les, ou demandez une invitation à votre cabinet.',
  ),

  'cross-site-request': row(
    403,
    'Requête venue d’un autre site',
    'Une session de navigateur n’écrit que depuis l’application : un programme emploie une clé d’API.',
  ),
  'not-allowed': row(403, 'Vous n’en avez pas le droit', (facts) =>
    facts.role === undefined
      ? 'Ce rôle ne permet pas cette action : demandez-la à un administrateur ou à votre cabinet.'
      : `Le rôle ${quoted(facts.role)} ne permet pas cette action : demandez-la à un administrateur ou à votre cabinet.`,
  ),
  'till-not-allowed': row(
    403,
    'Cette clé ne sert pas cette caisse',
    (facts) =>
      `La clé est limitée à ${quoted(facts.tills)} : ${
        facts.till === undefined
          ? 'nommez cette caisse, ou utilisez une clé sans limite.'
          : `utilisez la clé de la caisse ${quoted(facts.till)}.`
      }`,
  ),

  'invitation-not-valid': row(
    404,
    'Cette invitation n’est plus valable',
    'Elle est inconnue, expirée ou déjà utilisée : demandez-en une nouvelle.',
  ),
  'not-found': row(404, 'Introuvable', 'Cette adresse ne désigne rien que vous puissiez voir : vérifiez-la.'),
  'http-method-not-allowed': row(
    405,
    'Méthode impossible ici',
    'Cette adresse ne connaît pas cette méthode HTTP.',
  ),
  'not-acceptable': row(406, 'Format indisponible', 'Cette réponse n’existe pas dans le format demandé.'),
  'request-timeout': row(
    408,
    'La requête a pris trop de temps',
    'Le corps n’est pas arrivé à temps : renvoyez la requête.',
  ),

  'first-start-done': row(
    409,
    'Le premier compte existe déjà',
    'L’installation a déjà son administrateur : connectez-vous.',
  ),
  'siren-taken': row(
    409,
    'Ce SIREN a déjà un livre',
    (facts) =>
      `Le SIREN ${quoted(facts.siren)} a déjà un livre dans cette installation : demandez-y un accès.`,
  ),
  conflict: row(
    409,
    'Conflit avec l’état actuel',
    'Quelque chose a changé entre-temps : relisez, puis recommencez.',
  ),
  gone: row(410, 'N’existe plus', 'Ce contenu a été effacé.'),
  'precondition-failed': row(
    412,
    'La donnée a changé entre-temps',
    'Relisez-la, puis recommencez avec son nouvel ETag.',
  ),
  'body-too-large': row(
    413,
    'Le corps est trop volumineux',
    (facts) =>
      `Le corps est limité à ${binarySize(facts.limit)} ici : partagez l’envoi, ou envoyez un flux NDJSON.`,
  ),
  'batch-refused': row(
    422,
    'Le lot est refusé',
    'Rien n’a été enregistré : voyez results pour chaque écriture refusée, corrigez et renvoyez le lot entier.',
  ),
  'too-many-entries': row(
    413,
    'Le lot a trop d’écritures',
    (facts) =>
      `Un lot JSON a ${String(facts.limit ?? 1000)} écritures au plus : partagez-le, ou envoyez un flux NDJSON.`,
  ),
  'uri-too-long': row(414, 'L’adresse est trop longue', 'Raccourcissez les paramètres de la requête.'),
  'unsupported-charset': row(
    415,
    'Jeu de caractères inconnu',
    'Seul UTF-8 est accepté : envoyez Content-Type: application/json; charset=utf-8.',
  ),
  'unsupported-content-encoding': row(415, 'Compression inconnue', 'Envoyez le corps sans Content-Encoding.'),
  'unsupported-media-type': row(
    415,
    'Type de contenu inconnu',
    (facts) => `Envoyez le corps en ${String(facts.expected ?? 'application/json')}.`,
  ),
  unprocessable: row(422, 'Demande refusée', 'Une règle s’y oppose.'),
  'precondition-required': row(
    428,
    'Version attendue',
    'Envoyez If-Match avec l’ETag de la dernière lecture.',
  ),
  'too-many-requests': row(
    429,
    'Trop de requêtes',
    (facts) => `Réessayez dans ${seconds(facts)}. Un lot compte pour une seule requête.`,
  ),
  'too-many-sign-ins': row(
    429,
    'Trop de tentatives de connexion',
    (facts) => `Réessayez dans ${seconds(facts)}.`,
  ),
  'headers-too-large': row(
    431,
    'Les en-têtes sont trop volumineux',
    'Raccourcissez les en-têtes de la requête.',
  ),

  'internal-error': row(
    500,
    'Erreur du service',
    (facts) =>
      `Une erreur imprévue s’est produite ; elle est notée sous le numéro ${quoted(facts.requestId)}.`,
  ),
  'after-not-reached': row(
    503,
    'La lecture est en retard',
    (facts) =>
      `L’écriture n° ${String(facts.after ?? '?')} n’est pas encore visible dans cette lecture : réessayez dans ${seconds(facts)}.`,
  ),
  'ledger-behind-witness': row(
    503,
    'Ce livre est en retard sur son témoin',
    'Des écritures confirmées manquent dans ce livre : il n’accepte plus rien tant qu’une sauvegarde n’est pas rétablie. Prévenez votre cabinet.',
  ),
  'ledger-damaged': row(
    503,
    'Ce livre est abîmé',
    'La vérification de ce livre a échoué : il n’accepte plus rien tant qu’une sauvegarde n’est pas rétablie. Prévenez votre cabinet.',
  ),
  overloaded: row(
    503,
    'Le service est saturé',
    (facts) =>
      `Trop de demandes attendent : renvoyez la même dans ${seconds(facts)}, avec le même identifiant.`,
  ),
  'shutting-down': row(
    503,
    'Le service redémarre',
    (facts) => `Renvoyez la même demande dans ${seconds(facts)}, avec le même identifiant.`,
  ),
  'store-unavailable': row(
    503,
    'L’enregistrement n’est pas confirmé',
    (facts) =>
      `Le stockage ne répond pas : renvoyez la même demande dans ${seconds(facts)}, avec le même identifiant ; elle ne comptera qu’une fois.`,
  ),
} as const satisfies Readonly<Record<string, ProblemRow<ProblemFacts>>>;

export type PlatformCode = keyof typeof PLATFORM_PROBLEMS;
