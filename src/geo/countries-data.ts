/**
 * Every country and territory of ISO 3166-1, and Kosovo under the user-assigned code XK that GeoIP
 * databases use. One a line: alpha-2, alpha-3, continent, latitude, longitude, name.
 *
 * Coordinates: the centroid of the largest land polygon of Natural Earth's 1:50m countries (public
 * domain), or an inner point where the centroid falls outside; set by hand where that map has no
 * polygon, and for Kiribati, Malaysia and Israel, whose largest polygon is not where people live.
 * Names and continents: countries-list (MIT), continents as GeoNames and MaxMind assign them
 * (Russia and Cyprus to Europe, Turkey and Georgia to Asia).
 */
export const COUNTRY_ROWS = `AD AND EU 42.54 1.56 Andorra
AE ARE AS 23.9 54.3 United Arab Emirates
AF AFG AS 33.82 65.93 Afghanistan
AG ATG NA 17.08 -61.79 Antigua and Barbuda
AI AIA NA 18.22 -63.07 Anguilla
AL ALB EU 41.13 20.05 Albania
AM ARM AS 40.29 44.94 Armenia
AO AGO AF -12.31 17.56 Angola
AQ ATA AN -84.68 83.04 Antarctica
AR ARG SA -34.54 -64.75 Argentina
AS ASM OC -14.3 -170.72 American Samoa
AT AUT EU 47.59 14.11 Austria
AU AUS OC -25.6 134.4 Australia
AW ABW NA 12.52 -69.98 Aruba
AX ALA EU 60.23 19.94 Åland Islands
AZ AZE AS 40.34 47.67 Azerbaijan
BA BIH EU 44.17 17.77 Bosnia and Herzegovina
BB BRB NA 13.18 -59.56 Barbados
BD BGD AS 23.89 90.23 Bangladesh
BE BEL EU 50.64 4.65 Belgium
BF BFA AF 12.27 -1.76 Burkina Faso
BG BGR EU 42.77 25.21 Bulgaria
BH BHR AS 26.04 50.54 Bahrain
BI BDI AF -3.36 29.88 Burundi
BJ BEN AF 9.64 2.33 Benin
BL BLM NA 17.9 -62.84 Saint Barthélemy
BM BMU NA 32.31 -64.76 Bermuda
BN BRN AS 4.49 114.59 Brunei
BO BOL SA -16.68 -64.7 Bolivia
BQ BES NA 12.18 -68.25 Bonaire, Sint Eustatius and Saba
BR BRA SA -10.69 -53.24 Brazil
BS BHS NA 24.7 -78.04 Bahamas
BT BTN AS 27.41 90.4 Bhutan
BV BVT AN -54.42 3.35 Bouvet Island
BW BWA AF -22.17 23.81 Botswana
BY BLR EU 53.52 28.02 Belarus
BZ BLZ NA 17.19 -88.72 Belize
CA CAN NA 58.59 -99 Canada
CC CCK AS -12.17 96.83 Cocos (Keeling) Islands
CD COD AF -2.87 23.64 Democratic Republic of the Congo
CF CAF AF 6.57 20.46 Central African Republic
CG COG AF -0.84 15.22 Republic of the Congo
CH CHE EU 46.8 8.21 Switzerland
CI CIV AF 7.63 -5.57 Ivory Coast
CK COK OC -21.22 -159.79 Cook Islands
CL CHL SA -34.36 -70.95 Chile
CM CMR AF 5.68 12.73 Cameroon
CN CHN AS 36.76 103.35 China
CO COL SA 3.9 -73.08 Colombia
CR CRI NA 9.98 -84.19 Costa Rica
CU CUB NA 21.63 -78.91 Cuba
CV CPV AF 15.08 -23.64 Cabo Verde
CW CUW NA 12.2 -68.97 Curaçao
CX CXR AS -10.49 105.63 Christmas Island
CY CYP EU 34.92 33.01 Cyprus
CZ CZE EU 49.74 15.32 Czechia
DE DEU EU 51.03 10.35 Germany
DJ DJI AF 11.75 42.56 Djibouti
DK DNK EU 56.23 9.35 Denmark
DM DMA NA 15.44 -61.36 Dominica
DO DOM NA 18.9 -70.51 Dominican Republic
DZ DZA AF 28.06 2.63 Algeria
EC ECU SA -1.44 -78.39 Ecuador
EE EST EU 58.68 25.84 Estonia
EG EGY AF 26.46 29.88 Egypt
EH ESH AF 24.21 -12.27 Western Sahara
ER ERI AF 15.36 38.85 Eritrea
ES ESP EU 40.37 -3.57 Spain
ET ETH AF 8.61 39.61 Ethiopia
FI FIN EU 64.26 26.21 Finland
FJ FJI OC -17.82 177.97 Fiji
FK FLK SA -51.74 -58.76 Falkland Islands
FM FSM OC 6.89 158.23 Micronesia
FO FRO EU 62.17 -6.88 Faroe Islands
FR FRA EU 46.57 2.46 France
GA GAB AF -0.59 11.79 Gabon
GB GBR EU 53.83 -2.41 United Kingdom
GD GRD NA 12.12 -61.68 Grenada
GE GEO AS 42.17 43.52 Georgia
GF GUF SA 3.93 -53.1 French Guiana
GG GGY EU 49.47 -2.57 Guernsey
GH GHA AF 7.95 -1.22 Ghana
GI GIB EU 36.14 -5.35 Gibraltar
GL GRL NA 73.08 -41.8 Greenland
GM GMB AF 13.45 -15.4 Gambia
GN GIN AF 10.44 -10.93 Guinea
GP GLP NA 16.2 -61.5 Guadeloupe
GQ GNQ AF 1.57 10.47 Equatorial Guinea
GR GRC EU 39.46 22.57 Greece
GS SGS AN -54.36 -36.69 South Georgia and the South Sandwich Islands
GT GTM NA 15.69 -90.37 Guatemala
GU GUM OC 13.44 144.77 Guam
GW GNB AF 12.06 -14.92 Guinea-Bissau
GY GUY SA 4.79 -58.98 Guyana
HK HKG AS 22.44 114.14 Hong Kong
HM HMD AN -53.09 73.52 Heard Island and McDonald Islands
HN HND NA 14.83 -86.62 Honduras
HR HRV EU 45.16 16.42 Croatia
HT HTI NA 18.93 -72.68 Haiti
HU HUN EU 47.17 19.38 Hungary
ID IDN AS -0.19 114.01 Indonesia
IE IRL EU 53.16 -8.14 Ireland
IL ISR AS 31.4 35 Israel
IM IMN EU 54.22 -4.54 Isle of Man
IN IND AS 22.8 79.53 India
IO IOT AS -7.31 72.41 British Indian Ocean Territory
IQ IRQ AS 33.01 43.77 Iraq
IR IRN AS 32.53 54.44 Iran
IS ISL EU 65 -18.58 Iceland
IT ITA EU 43.49 12.3 Italy
JE JEY EU 49.22 -2.13 Jersey
JM JAM NA 18.16 -77.31 Jamaica
JO JOR AS 31.24 36.76 Jordan
JP JPN AS 36.63 137.88 Japan
KE KEN AF 0.6 37.8 Kenya
KG KGZ AS 41.47 74.51 Kyrgyzstan
KH KHM AS 12.72 104.91 Cambodia
KI KIR OC 1.43 173 Kiribati
KM COM AF -11.65 43.34 Comoros
KN KNA NA 17.33 -62.75 Saint Kitts and Nevis
KP PRK AS 40.14 127.16 North Korea
KR KOR AS 36.45 127.87 South Korea
KW KWT AS 29.32 47.56 Kuwait
KY CYM NA 19.32 -81.29 Cayman Islands
KZ KAZ AS 48.36 67.25 Kazakhstan
LA LAO AS 18.49 103.78 Laos
LB LBN AS 33.92 35.88 Lebanon
LC LCA NA 13.89 -60.97 Saint Lucia
LI LIE EU 47.14 9.54 Liechtenstein
LK LKA AS 7.61 80.7 Sri Lanka
LR LBR AF 6.45 -9.32 Liberia
LS LSO AF -29.58 28.23 Lesotho
LT LTU EU 55.32 23.9 Lithuania
LU LUX EU 49.77 6.07 Luxembourg
LV LVA EU 56.86 24.92 Latvia
LY LBY AF 27.02 18.07 Libya
MA MAR AF 29.77 -8.73 Morocco
MC MCO EU 43.75 7.41 Monaco
MD MDA EU 47.19 28.47 Moldova
ME MNE EU 42.79 19.24 Montenegro
MF MAF NA 18.09 -63.06 Saint Martin
MG MDG AF -19.32 46.74 Madagascar
MH MHL OC 7.11 171.16 Marshall Islands
MK MKD EU 41.6 21.68 North Macedonia
ML MLI AF 17.32 -3.59 Mali
MM MMR AS 21.15 96.49 Myanmar
MN MNG AS 46.96 103.12 Mongolia
MO MAC AS 22.22 113.51 Macao
MP MNP OC 15.18 145.74 Northern Mariana Islands
MQ MTQ NA 14.65 -61.01 Martinique
MR MRT AF 20.22 -10.37 Mauritania
MS MSR NA 16.74 -62.19 Montserrat
MT MLT EU 35.89 14.44 Malta
MU MUS AF -20.28 57.57 Mauritius
MV MDV AS 4.2 73.5 Maldives
MW MWI AF -13.21 34.28 Malawi
MX MEX NA 23.92 -102.15 Mexico
MY MYS AS 3.9 102.1 Malaysia
MZ MOZ AF -17.2 35.6 Mozambique
NA NAM AF -22.07 17.2 Namibia
NC NCL OC -21.32 165.48 New Caledonia
NE NER AF 17.41 9.33 Niger
NF NFK OC -29.05 167.95 Norfolk Island
NG NGA AF 9.59 8.08 Nigeria
NI NIC NA 12.85 -85.03 Nicaragua
NL NLD EU 52.28 5.63 Netherlands
NO NOR EU 63.79 12.16 Norway
NP NPL AS 28.26 83.95 Nepal
NR NRU OC -0.52 166.93 Nauru
NU NIU OC -19.05 -169.87 Niue
NZ NZL OC -43.95 170.61 New Zealand
OM OMN AS 20.56 56.06 Oman
PA PAN NA 8.53 -80.11 Panama
PE PER SA -9.11 -74.42 Peru
PF PYF OC -17.66 -149.42 French Polynesia
PG PNG OC -6.6 144.23 Papua New Guinea
PH PHL AS 15.95 121.42 Philippines
PK PAK AS 29.88 69.17 Pakistan
PL POL EU 52.11 19.42 Poland
PM SPM NA 46.94 -56.33 Saint Pierre and Miquelon
PN PCN OC -24.36 -128.32 Pitcairn Islands
PR PRI NA 18.23 -66.48 Puerto Rico
PS PSE AS 31.95 35.25 Palestine
PT PRT EU 39.65 -7.98 Portugal
PW PLW OC 7.51 134.58 Palau
PY PRY SA -23.21 -58.44 Paraguay
QA QAT AS 25.3 51.18 Qatar
RE REU AF -21.12 55.53 Réunion
RO ROU EU 45.85 24.98 Romania
RS SRB EU 44.21 20.81 Serbia
RU RUS EU 65.89 95.53 Russia
RW RWA AF -1.99 29.92 Rwanda
SA SAU AS 24.09 44.67 Saudi Arabia
SB SLB OC -9.62 160.17 Solomon Islands
SC SYC AF -4.66 55.48 Seychelles
SD SDN AF 15.97 29.91 Sudan
SE SWE EU 62.43 16.25 Sweden
SG SGP AS 1.36 103.82 Singapore
SH SHN AF -15.96 -5.72 Saint Helena
SI SVN EU 46.12 14.8 Slovenia
SJ SJM EU 78.6 16.5 Svalbard and Jan Mayen
SK SVK EU 48.71 19.47 Slovakia
SL SLE AF 8.57 -11.79 Sierra Leone
SM SMR EU 43.94 12.46 San Marino
SN SEN AF 14.36 -14.47 Senegal
SO SOM AF 4.74 45.68 Somalia
SR SUR SA 4.13 -55.91 Suriname
SS SSD AF 7.31 30.25 South Sudan
ST STP AF 0.24 6.61 São Tomé and Príncipe
SV SLV NA 13.74 -88.87 El Salvador
SX SXM NA 18.05 -63.06 Sint Maarten
SY SYR AS 35.02 38.49 Syria
SZ SWZ AF -26.56 31.48 Eswatini
TC TCA NA 21.81 -71.74 Turks and Caicos Islands
TD TCD AF 15.28 18.64 Chad
TF ATF AN -49.3 69.49 French Southern Territories
TG TGO AF 8.52 0.96 Togo
TH THA AS 15.1 101 Thailand
TJ TJK AS 38.53 71.03 Tajikistan
TK TKL OC -9.17 -171.84 Tokelau
TL TLS OC -8.81 125.92 Timor-Leste
TM TKM AS 39.13 59.45 Turkmenistan
TN TUN AF 34.09 9.55 Tunisia
TO TON OC -21.17 -175.22 Tonga
TR TUR AS 39.06 35.41 Türkiye
TT TTO NA 10.42 -61.29 Trinidad and Tobago
TV TUV OC -8.52 179.2 Tuvalu
TW TWN AS 23.75 120.96 Taiwan
TZ TZA AF -6.27 34.79 Tanzania
UA UKR EU 49.2 31.32 Ukraine
UG UGA AF 1.27 32.37 Uganda
UM UMI OC 19.28 166.65 U.S. Minor Outlying Islands
US USA NA 39.89 -98.82 United States
UY URY SA -32.79 -56.03 Uruguay
UZ UZB AS 41.78 63.29 Uzbekistan
VA VAT EU 41.9 12.43 Vatican City
VC VCT NA 13.25 -61.2 Saint Vincent and the Grenadines
VE VEN SA 7.12 -66.18 Venezuela
VG VGB NA 18.42 -64.62 British Virgin Islands
VI VIR NA 17.74 -64.77 U.S. Virgin Islands
VN VNM AS 21.5 105.42 Vietnam
VU VUT OC -15.23 166.85 Vanuatu
WF WLF OC -14.29 -178.13 Wallis and Futuna
WS WSM OC -13.63 -172.44 Samoa
XK XKX EU 42.57 20.87 Kosovo
YE YEM AS 15.94 47.52 Yemen
YT MYT AF -12.83 45.15 Mayotte
ZA ZAF AF -28.97 25.19 South Africa
ZM ZMB AF -13.46 27.81 Zambia
ZW ZWE AF -19 29.85 Zimbabwe`;
