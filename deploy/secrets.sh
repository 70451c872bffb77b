#!/bin/sh
# Makes what the cluster keeps secret, once: a certificate authority with a certificate for each node of EventStoreDB, the
# key by which the members of the MongoDB replica set know each other, and the key that signs checkpoints. What is there is
# kept; a certificate that ends within a month is made anew. Each file belongs to who reads it, and to nobody else.
#
# Folders: authority (stays with this script), certificates (nodes of EventStoreDB), trusted (whoever connects to them),
# mongodb, signing. Certificates are as es-gencert makes them.
set -eu
umask 077

root=${SECRETS_ROOT:-/secrets}
eventstore_user=${EVENTSTORE_USER:-1000:1000}
mongodb_user=${MONGODB_USER:-999:999}
service_user=${SERVICE_USER:-1000:1000}
month=2592000

for name in EVENTSTORE_ADMIN_PASSWORD EVENTSTORE_OPS_PASSWORD EVENTSTORE_CAISSE_PASSWORD MONGODB_ROOT_PASSWORD \
  MONGODB_CAISSE_PASSWORD; do
  eval "value=\${$name:-}"
  # They stand in addresses, where other characters mean something.
  case $value in
    '' | *[!A-Za-z0-9._-]*)
      echo "$name: at least 12 letters, digits, '.', '_' or '-' (see deploy/cluster.env.example)" >&2
      exit 1
      ;;
  esac
  if [ "${#value}" -lt 12 ]; then
    echo "$name: at least 12 characters" >&2
    exit 1
  fi
done

# Files appear whole or not at all: what was begun lies beside its place.
place() { # file owner mode
  chmod "$3" "$1.new"
  chown "$2" "$1.new"
  mv "$1.new" "$1"
}

mkdir -p "$root/authority" "$root/certificates/ca" "$root/trusted" "$root/mongodb" "$root/signing"
chmod 755 "$root/certificates" "$root/certificates/ca" "$root/trusted"
chmod 755 "$root/mongodb" "$root/signing"

if [ ! -f "$root/authority/ca.crt" ]; then
  openssl req -x509 -newkey rsa:3072 -sha256 -nodes -days 3650 -subj '/O=Caisse/CN=EventStoreDB CA' \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -keyout "$root/authority/ca.key" -out "$root/authority/ca.crt.new" 2>/dev/null
  place "$root/authority/ca.crt" "$(id -u):$(id -g)" 644
fi
for folder in certificates/ca trusted; do
  cp "$root/authority/ca.crt" "$root/$folder/ca.crt.new"
  place "$root/$folder/ca.crt" "$(id -u):$(id -g)" 644
done

number=0
for address in ${EVENTSTORE_ADDRESSES:-172.30.240.11 172.30.240.12 172.30.240.13}; do
  number=$((number + 1))
  node="$root/certificates/eventstore-$number"
  mkdir -p "$node"
  chmod 755 "$node"
  if openssl x509 -checkend "$month" -noout -in "$node/node.crt" >/dev/null 2>&1; then continue; fi
  # EventStoreDB knows its peers by this name; clients and peers check the others.
  cat >"$node/node.cnf" <<EOF
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:eventstore-$number, DNS:localhost, IP:127.0.0.1, IP:$address
EOF
  openssl req -newkey rsa:2048 -sha256 -nodes -subj '/CN=eventstoredb-node' \
    -keyout "$node/node.key.new" -out "$node/node.csr" 2>/dev/null
  openssl x509 -req -sha256 -days 730 -in "$node/node.csr" -extfile "$node/node.cnf" -CA "$root/authority/ca.crt" \
    -CAkey "$root/authority/ca.key" -CAcreateserial -out "$node/node.crt.new" 2>/dev/null
  place "$node/node.key" "$eventstore_user" 400
  place "$node/node.crt" "$eventstore_user" 444
  rm "$node/node.csr" "$node/node.cnf"
done

if [ ! -f "$root/mongodb/keyfile" ]; then
  openssl rand -base64 756 >"$root/mongodb/keyfile.new"
  place "$root/mongodb/keyfile" "$mongodb_user" 400
fi

# An installation has one, for ever: its ledgers name it in their first event. Keep a copy in a safe.
if [ ! -f "$root/signing/signing-key.pem" ]; then
  openssl genpkey -algorithm ed25519 -out "$root/signing/signing-key.pem.new"
  place "$root/signing/signing-key.pem" "$service_user" 400
fi
echo 'the secrets of the cluster are there'
