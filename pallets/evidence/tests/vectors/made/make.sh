#!/bin/sh
# Makes the certificates of this folder: shaped like AMD's, under a key of our own, for rules that no published certificate
# breaks. Needs OpenSSL 3. The issuer's private key is thrown away; the leaf's is kept, since tests sign reports with it.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
name='/OU=Engineering/C=US/L=Santa Clara/ST=CA/O=Not Advanced Micro Devices/CN'
pss='-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48'
openssl genrsa -out "$work/issuer.pem" 4096 2>/dev/null
openssl rsa -in "$work/issuer.pem" -noout -modulus | cut -d= -f2 | xxd -r -p > issuer-modulus.bin
openssl ecparam -name secp384r1 -genkey -noout -out "$work/leaf.pem"
openssl ec -in "$work/leaf.pem" -outform der 2>/dev/null | tail -c +9 | head -c 48 > leaf-key.bin
openssl ecparam -name prime256v1 -genkey -noout -out "$work/p256.pem"

# leaf FILE ISSUER SUBJECT EXTENSIONS [signature options] [key]
leaf() {
	openssl req -new -x509 -key "$work/issuer.pem" -subj "$name=$2" -days 3650 -out "$work/$2.pem" $pss
	openssl req -new -key "${6:-$work/leaf.pem}" -subj "$name=$3" -out "$work/leaf.csr"
	printf '%b' "$4" > "$work/extensions"
	openssl x509 -req -in "$work/leaf.csr" -CA "$work/$2.pem" -CAkey "$work/issuer.pem" -set_serial 0 \
		-days 3650 -extfile "$work/extensions" ${5:-$pss} -outform der -out "$1.der" 2>/dev/null
}
oid=1.3.6.1.4.1.3704.1
levels() { # ARC=LEVEL ...
	for level in "$@"; do printf '%s' "$oid.3.${level%=*}=ASN1:INTEGER:${level#*=}\n"; done
}
basics() { printf '%s' "$oid.1=ASN1:INTEGER:1\n$oid.2=ASN1:IA5STRING:$1\n"; }
milan=$(levels 1=3 2=0 4=0 5=0 6=0 7=0 3=8 8=209)
turin=$(levels 9=1 1=2 2=3 3=4 5=0 6=0 7=0 8=200)
csp="$oid.5=ASN1:IA5STRING:CN=cc-us-east-2.amazonaws.com\n"
id64=$(printf 'a5%.0s' $(seq 64))
chip="$oid.4=DER:$(printf '%s' "$id64" | sed 's/../&:/g;s/:$//')\n"
chip8="$oid.4=DER:01:02:03:04:05:06:07:08\n"
wrapped="$oid.4=ASN1:FORMAT:HEX,OCTETSTRING:$id64\n"

leaf vlek-milan SEV-VLEK-Milan SEV-VLEK "$(basics Milan-B0)$milan$csp"
leaf vlek-bergamo SEV-VLEK-Genoa SEV-VLEK "$(basics Bergamo-B0)$milan$csp"
leaf vlek-turin SEV-VLEK-Turin SEV-VLEK "$(basics Turin)$turin$csp"
leaf vcek-milan SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip"
leaf vcek-milan-wrapped-id SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$wrapped"
leaf vcek-turin SEV-Turin SEV-VCEK "$(basics Turin)$turin$chip8"
leaf vcek-other-product SEV-Milan SEV-VCEK "$(basics Genoa-B0)$milan$chip"
leaf vcek-unknown-product SEV-Milan SEV-VCEK "$(basics Rome-B0)$milan$chip"
leaf vcek-without-microcode SEV-Milan SEV-VCEK "$(basics Milan-B0)$(levels 1=3 2=0 4=0 5=0 6=0 7=0 3=8)$chip"
leaf vcek-level-too-high SEV-Milan SEV-VCEK "$(basics Milan-B0)$(levels 1=3 2=0 4=0 5=0 6=0 7=0 3=8 8=256)$chip"
leaf vcek-level-outside SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$(levels 9=1)$chip"
leaf vcek-without-id SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan"
leaf vcek-short-id SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip8"
leaf vcek-with-provider SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip$csp"
leaf vlek-without-provider SEV-VLEK-Milan SEV-VLEK "$(basics Milan-B0)$milan"
leaf vlek-named-vcek SEV-VLEK-Milan SEV-VCEK "$(basics Milan-B0)$milan$csp"
leaf vcek-unknown-critical SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip$oid.99=critical,ASN1:INTEGER:1\n"
leaf vcek-unknown-extension SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip$oid.99=ASN1:INTEGER:1\n"
leaf vcek-p256 SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip" "$pss" "$work/p256.pem"
leaf vcek-pkcs1 SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip" "-sha384"
leaf vcek-short-salt SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip" "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32"
leaf vcek-sha256 SEV-Milan SEV-VCEK "$(basics Milan-B0)$milan$chip" "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32"
