// Names and shares that a made-up fleet is made of.

export const FIRST = [
    'acme',
    'blue',
    'cedar',
    'delta',
    'ember',
    'fjord',
    'gamma',
    'harbor',
    'iris',
    'jade',
    'kestrel',
    'lumen',
    'maple',
    'nova',
    'orbit',
    'pine',
    'quartz',
    'river',
    'sable',
    'terra',
    'umbra',
    'vertex',
    'willow',
    'xenon',
    'yarrow',
    'zephyr',
];
export const SECOND = [
    '',
    '-foods',
    '-bank',
    '-labs',
    '-retail',
    '-health',
    '-travel',
    '-media',
    '-energy',
    '-games',
    '-motors',
    '-works',
    '-pay',
    '-cloud',
    '-press',
    '-air',
];
export const REGIONS = [
    ['eu-west-1', 31],
    ['us-east-1', 28],
    ['eu-central-1', 14],
    ['us-west-2', 12],
    ['ap-southeast-2', 8],
    ['sa-east-1', 7],
];
export const TIERS = [
    ['gold', 8],
    ['silver', 30],
    ['bronze', 50],
    ['free', 12],
];
export const STAGES = [
    ['prod', 64],
    ['staging', 16],
    ['dev', 12],
    ['sandbox', 8],
];
export const RINGS = [
    ['ring-0', 4],
    ['ring-1', 16],
    ['ring-2', 80],
];
