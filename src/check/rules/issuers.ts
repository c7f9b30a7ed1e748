/**
 * Certification authorities by the organisation that stands in their certificates, and the names by which CAA
 * records mean them (from their practice statements). An authority that is not here is not judged.
 */

interface Authority {
  /** In the issuer's line of a certificate. */
  readonly organisation: RegExp;
  readonly caa: readonly string[];
}

const sectigo = ['sectigo.com', 'comodoca.com', 'comodo.com', 'usertrust.com', 'trust-provider.com'];

const authorities: readonly Authority[] = [
  { organisation: /O=(?:Let's Encrypt|ISRG)\b/, caa: ['letsencrypt.org'] },
  { organisation: /O=Google Trust Services\b/, caa: ['pki.goog', 'google.com'] },
  {
    organisation: /O="?(?:DigiCert|Symantec|GeoTrust|thawte|RapidSSL)\b/i,
    caa: [
      'digicert.com',
      'www.digicert.com',
      'digicert.ne.jp',
      'symantec.com',
      'geotrust.com',
      'rapidssl.com',
      'thawte.com',
      'cybertrust.ne.jp',
      'volusion.digitalcertvalidation.com',
      'stratossl.digitalcertvalidation.com',
      'intermediatecertificate.digitalcertvalidation.com',
      '1and1.digitalcertvalidation.com',
      'digitalcertvalidation.com',
      'quovadisglobal.com',
      'amazon.com',
    ],
  },
  { organisation: /O=(?:Sectigo|COMODO CA|The USERTRUST Network|ZeroSSL)\b/i, caa: sectigo },
  {
    organisation: /O=Amazon\b/,
    caa: ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com', 'aws.amazon.com'],
  },
  { organisation: /O="?GlobalSign\b/, caa: ['globalsign.com'] },
  { organisation: /O="?GoDaddy\.com|O="?Starfield Technologies/, caa: ['godaddy.com', 'starfieldtech.com'] },
  { organisation: /O=(?:SSL Corp|SSL Corporation)\b/, caa: ['ssl.com'] },
  { organisation: /O="?Entrust\b/, caa: ['entrust.net', 'affirmtrust.com', 'sectigo.com', 'ssl.com'] },
  { organisation: /O=Buypass\b/, caa: ['buypass.com', 'buypass.no'] },
  { organisation: /O=Actalis\b/, caa: ['actalis.it'] },
  { organisation: /O=SwissSign\b/, caa: ['swisssign.com'] },
  { organisation: /O=IdenTrust\b/, caa: ['identrust.com'] },
];

/** The names that a CAA record may give the issuer; undefined for an authority that is not known here. */
export function caaNamesOf(issuer: string): readonly string[] | undefined {
  return authorities.find(({ organisation }) => organisation.test(issuer))?.caa;
}
