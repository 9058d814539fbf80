// Written by scripts/spice/verb-endings.mjs from WordNet 3.0's verbs; its licence is in WORDNET-LICENSE.txt. "^" is the beginning of a word.

/** What is left of "-ed" and "-ing" and ends so is the base form as it is. */
export const WHOLE = `
  ^add ^bell ^bus ^buss ^cat ^cleat ^crib ^cut ^egg ^err ^gad ^hang ^hem ^hum ^nag ^pat ^pit ^plod ^put ^rib ^sag ^scat ^sell ^sum
  ^tag ^tat ^tin ^toll ^troll ^tut ^well ^wing abut ai aid air al alid antic arc arom aud bag ball bi bib bid bitt brad brag bric
  brim bt bud bum bung bur butt call ccor ccur char clam cott crag ct cud cum cus drag ds dung dwell ead eak eat ebb ebut ecis ecur
  efat eg el ellis erang esell eston et etap etin eud eur fag fall fell ffic ffin fib ft fu fur gall gas gi glut grin gris grok gum
  gut gwag gyp hag hat hi hir hrob ht hud hur hurr ias icit ig il ill iron irr it ivot jag jell jut ki kid knell knit knot ks lag lc
  lfil llac llar lous lt lur lus mac mbat mic mid mpon mud mur ncur ng nic nod nput nt nut oad oak oat og oid oif oir ol olic oll
  ons ood ook ooth orr orus ostat ot ou oud our out pad phon pith pod ppal prang prod pt pud pur purr pus quall quell quiz rcut rev
  rhang rl rmat roth rsell rt rth rum rut scan scut shal shell shut sic slam slum smell smut snag sod spat spell splat squat ss st
  stall stir stroll stun sus swell tell thin tik tput trim tsell tud tz uac ueath ug ugur ul ull uth uum vas vous wall wat whang
  whiz wl xi yak yell ygag ync yrag yric zag zinc zz
`;

/** It had an e: "arrang-". */
export const WITH_E = `
  ^ach ^anel ^ant ^ap ^aw ^ax ^b ^bal ^bar ^bard ^bid ^bit ^bor ^cer ^con ^dar ^elop ^fet ^gor ^hat ^hi ^hir ^hom ^hop ^lop ^lub
  ^lug ^lur ^ow ^phon ^pin ^rap ^red ^ril ^rop ^rout ^sit ^smit ^stal ^strip ^til ^ting ^ton ^top ^tub ^wan ^zon abid abrad acram ad
  adit agin aill ak alanch amit arott aseat astring aton aug bast bbag bil bing birl bleston bon br burk c cach cal can car ccus ced
  cen cin cit cleat col com cong cop cor cr crap creat cret cring cub cul deat derang dher din ding dol dop dor dot douch drap dul
  dup eax ecus egal elet elous elug eng ephon epin equit eraw errass fam far farc ffur fil fin flamb fram fring fug furett g gam gap
  garrot glob gnor grip grop haf hal hang har hass hem him hin hing hol hon i ib icil id ienn if ik ileg imac inton inut ipost ir
  isus jol kbit kit l lam lan lar lig lim lin llag lleg llit llur lon mbib mbin meat mier mil mim min mmur mop mot mping mun nam nar
  ndell ndit neat neg nher nit not nsmut nven od ofan ogi oher ok omper ompet oncil ondon onstring oog opin oquiz osot oug ouss pal
  par parol past ped pedit phor pil pip pit plet plor pol polic pon pong por priol prun pul raf ran rang ren rep rever revil rfer
  rhag rim rin rlop rnic rob rom ron rrott rsever rul rven s saf sal scap secur sed sein sham shap shor sieg sil slop snip snor sol
  sooth spad star ston stor sul t tam tap tast th tim tin tot tr traven tun u uar ud uett uffic uflag uil uk um umic ung uot ur
  useat v vin vit vot vr war wast whit whor win wing wip writ xcus xil yach yb yk ym yn yp yring z zett
`;

/** Its last letter was single: "stopp-". */
export const DOUBLED = `
  ^bitt ^install aball abutt aroll bb boll buss cill dd ebutt enroll equall gass gg hizz horr iass ioll ispell istill kk lfill ll
  luss mm nn null ocuss oiff pp quett rr spurr tirr toll troll tt uizz ushell vill voll vv webb whirr
`;
