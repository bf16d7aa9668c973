/**
 * Names of subdivisions that neither ISO 3166-2 nor CLDR lists but GeoIP databases or mirror files
 * use: outdated ones, half-translated ones, abbreviations. Found by matching every state of DB-IP
 * City Lite and GeoLite2 and every mirror of the AlmaLinux network; the heaviest are all here.
 * One country a line: code, then "|", a code's rest, a space, its names apart by ";".
 *
 * They win over the official names, and so settle two of them that are equal: Almaty, the city,
 * against the region around it; Nairobi; Kyiv.
 */
export const SUBDIVISION_ALIAS_ROWS = `AE|AZ Abu Zaby
AR|C Buenos Aires F.D.;Buenos Aires City;CABA
AU|ACT A.C.T.;ACT
BA|BIH Federation of B&H|SRP Srpska
BD|C Dhaka Division
BE|BRU Brussels;Brussels-Capital
BG|22 Sofia;Sofia City;Sofia-Capital|23 Sofia Province
BH|13 Manama
BR|DF Brasilia
BY|HM Minsk;Minsk City|MI Minsk Region|HO Homyel’ Voblasc’|HR Grodnenskaya;Grodno|BR Brest|MA Mogilev|VI Vitebsk
CH|BS Basel-City;Basel-Stadt|BL Basel-Landschaft|ZH Zuerich|GE Geneve|LU Luzern
CL|RM Santiago;Region Metropolitana;Metropolitana
CN|NM Nei Mongol|XZ Tibet
CO|DC Bogota Capital District;Bogota;Bogota D.C.
CZ|10 Hlavni mesto Praha;Praha;Prague|20 Central Bohemia|31 South Bohemian Region|32 Plzen Region;Pilsen|41 Carlsbad Region|42 Usti Region|64 South Moravian|80 Moravian-Silesian Region
DE|HB Free Hanseatic City of Bremen|NW NRW|BY Bayern|HE Hessen|NI Lower Saxony|BW BW
DK|82 Central Jutland|83 South Denmark|81 North Jutland Region;North Jutland|84 Hovedstaden
EE|79 Tartu;Tartumaa|56 Laane|37 Harju
EG|BNS Beni Suweif
ES|CL Castille and Leon;Castile and Leon|CM Castille-La Mancha;Castile-La Mancha|MD Comunidad de Madrid|PV Euskadi
FI|11 Tampere|14 North Ostrobothnia|03 South Ostrobothnia|15 North Savo|04 South Savo|09 Kymenlaakso|02 South Karelia|13 North Karelia|19 Southwest Finland
FR|ARA Rhone-Alpes;Auvergne|NAQ New Aquitaine;Aquitaine;Limousin;Poitou-Charentes|NOR Normandy;Lower Normandy;Upper Normandy|PAC Provence;PACA|BFC Bourgogne;Franche-Comte|20R Corsica|GES Alsace;Lorraine;Champagne-Ardenne|OCC Languedoc-Roussillon;Midi-Pyrenees|HDF Picardy;Nord-Pas-de-Calais|IDF Ile de France|CVL Centre
GB|LND City of London;Greater London|NET Newcastle Upon Tyne
GE|TB Tbilisi
GR|L South Aegean|H Central Greece|I Attica
HR|21 City of Zagreb;Zagreb|01 Zagreb County
HU|BU Budapest
ID|JK DKI Jakarta;Jakarta Special Capital Region;Daerah Khusus Ibukota Jakarta|YO Special Region of Yogyakarta;Jogjakarta|PT Central Papua|PD Southwest Papua
IL|M Center District
IN|OD Orissa|DL National Capital Territory of Delhi;New Delhi|UK Uttaranchal|PY Pondicherry
IR|03 East Azerbaijan Province|04 West Azerbaijan;West Azarbaijan|28 North Khorasan|10 Esfahan
IS|1 Capital Region|2 Southern Peninsula|3 West|4 Westfjords|5 Northwest|6 Northeast|7 East|8 South
KE|30 Nairobi County;Nairobi
KR|11 Seoul Province|29 Gwangju|41 Gyeonggi Province
KZ|10 Abai Region|11 Akmola;Akmola Oblast;Aqmola|15 Aktobe;Aktyubinskaya Oblast’;Aqtobe|19 Almaty Oblysy;Almaty Region;Almaty Oblast|23 Atyrau Oblisi|27 West Kazakhstan|33 Jetisu Region;Zhetysu Region|35 Karaganda;Karagandy|39 Kostanay|43 Kyzylorda|47 Mangystau;Mangistauskaya Oblast’|59 North Kazakhstan|61 Turkistan;Turkestan;South Kazakhstan|63 East Kazakhstan|71 Nur-Sultan;Astana|75 Almaty;Almaty City|62 Ulytau Region
LB|AS North Lebanon
LV|112 South Kurzeme Municipality|113 Valmiera
MA|02 Oriental|07 Marrakesh-Safi;Marrakech-Safi|10 Guelmim-Oued Noun|06 Casablanca-Settat;Casablanca|04 Rabat
MD|SN Administrative-Territorial Units of the Left Bank of the Dniester|CU Chisinau
MK|814 Grad Skopje;Skopje|211 Shtip|605 Zhelino|203 Delchevo|307 Kichevo|206 Kochani|802 Arachinovo|808 Karposh
MX|CMX Mexico City;CDMX;Federal District|MEX Mexico;Estado de Mexico
MZ|MPM Maputo City;Cidade de Maputo
NG|FC FCT
NO|32 Akershus|33 Buskerud|39 Vestfold|40 Telemark|31 Ostfold|55 Troms;Troms Fylke|56 Finnmark;Finnmark Fylke|46 Hordaland;Sogn og Fjordane|42 Vest-Agder;Aust-Agder|34 Hedmark;Oppland|50 Sor-Trondelag;Nord-Trondelag
NP|P4 Gandaki Pradesh|P6 Karnali Pradesh|P3 Bagmati Province
NZ|WGN Wellington|AUK Auckland
PE|CAL Provincia Constitucional del Callao
PG|NCD National Capital
PH|00 Metro Manila;National Capital Region
PK|JK Azad Jammu and Kashmir
PL|20 Podlasie|30 Greater Poland Voivodeship|14 Mazovia;Masovia
PT|11 Lisboa
QA|DA Baladiyat ad Dawhah
RO|B Bucuresti
RS|00 Belgrade;City of Belgrade
RU|PRI Primorye;Primorskiy (Maritime) Kray|ALT Altay Kray|KEM Kuzbass|ZAB Transbaikal Territory;Zabaykalskiy (Transbaikal) Kray|KK Khakasiya Republic|KB Kabardino-Balkariya Republic|AD Adygeya Republic|TY Republic of Tyva|YEV Yevrey (Jewish) Autonomous Oblast|SPE Saint Petersburg;St.-Petersburg|MOW Moscow|MOS Moscow Oblast|TA Tatarstan Republic|BA Bashkortostan Republic
SA|12 Al Jouf|04 Eastern Province
SI|070 Urban Municipality of Maribor|011 Urban Municipality of Celje|084 Urban Municipality of Nova Gorica|050 Urban Municipality of Koper|096 Urban Municipality of Ptuj|052 Urban Municipality of Kranj|133 Urban Municipality of Velenje|085 Urban Municipality of Novo Mesto|080 Urban Municipality of Murska Sobota|112 Urban Municipality of Slovenj Gradec|054 Urban Municipality of Krsko
TT|ARI Borough of Arima
TR|34 Istanbul
TW|HSZ Hsinchu City|CYI Chiayi;Chiayi City|CYQ Chiayi County;Chiyayi County
UA|23 Zaporizhzhia|48 Mykolayiv Oblast;Mykolaiv|43 Crimea|40 Sevastopol|30 Kyiv;Kyiv City;Kiev|32 Kyiv Oblast
US|DC Washington, D.C.;Washington DC|WA Washington;Washington State
VE|A Distrito Federal
VN|SG Ho Chi Minh City (HCMC);Ho Chi Minh;Ho Chi Minh City;Saigon|41 Long An Povince|HN Hanoi
YE|AM Omran
ZA|FS Orange Free State`;
