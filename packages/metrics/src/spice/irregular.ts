const table = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split(":") as [string, string]),
  );

/** Plurals that no rule makes. */
export const IRREGULAR_NOUNS =
  table(`men:man women:woman children:child people:people feet:foot teeth:tooth geese:goose mice:mouse oxen:ox leaves:leaf wolves:wolf
  halves:half shelves:shelf lives:life knives:knife wives:wife loaves:loaf calves:calf thieves:thief wharves:wharf roofs:roof series:series species:species buses:bus gases:gas
  fishermen:fisherman axes:axis crises:crisis bases:base oases:oasis analyses:analysis movies:movie shoes:shoe canoes:canoe toes:toe lenses:lens cookies:cookie ties:tie pies:pie
  houses:house horses:horse headquarters:headquarters glasses:glass data:datum media:medium criteria:criterion bacteria:bacterium stimuli:stimulus grounds:grounds thanks:thanks depths:depths pants:pants rights:rights goods:goods means:means contents:contents savings:savings papers:papers hypotheses:hypothesis trousers:trousers manners:manners earnings:earnings jeans:jeans troops:troops crossroads:crossroads shades:shades surroundings:surroundings outskirts:outskirts seconds:seconds biases:bias canvases:canvas critics:critic characteristics:characteristic fabrics:fabric mechanics:mechanic oils:oils damages:damages supplies:supplies premises:premise menus:menu clothes:clothes axles:axle phenomena:phenomenon fungi:fungus cacti:cactus`);

/** Forms of verbs that no rule makes. */
export const IRREGULAR_VERBS =
  table(`is:be are:be was:be were:be am:be been:be being:be 's:be 're:be 'm:be has:have had:have having:have 've:have 'd:would does:do did:do done:do doing:do
  goes:go went:go gone:go built:build stood:stand lay:lay lain:lie laid:lay lying:lie lies:lie sat:sit ran:run seen:see saw:see made:make taken:take took:take
  grown:grow grew:grow left:leave found:find cut:cut put:put set:set spread:spread hit:hit shown:show given:give gave:give driven:drive drove:drive flown:fly flew:fly
  hidden:hide hid:hide led:lead met:meet held:hold kept:keep lit:light bent:bend wound:wind bound:bind laden:lade sunk:sink sank:sink run:run known:know thrown:throw threw:throw
  written:write wrote:write broken:break broke:break fallen:fall fell:fall drawn:draw drew:draw worn:wear torn:tear beaten:beat lined:line dying:die tying:tie ca:can wo:will 'll:will
  came:come become:become became:become begun:begin began:begin brought:bring bought:buy caught:catch taught:teach thought:think sought:seek fought:fight said:say sold:sell told:tell
  sent:send spent:spend lent:lend felt:feel dealt:deal meant:mean slept:sleep swept:sweep left:leave lost:lose got:get gotten:get won:win hung:hang dug:dig stuck:stick struck:strike
  swum:swim swam:swim shone:shine shot:shoot shut:shut split:split bet:bet let:let cast:cast burst:burst fed:feed bred:breed fled:flee slid:slide rode:ride ridden:ride rose:rise risen:rise
  chose:choose chosen:choose froze:freeze frozen:freeze spoke:speak spoken:speak stole:steal stolen:steal woven:weave wove:weave eaten:eat ate:eat bitten:bite bit:bite forgotten:forget
  striped:strip bathed:bath focus:focus refocus:refocus wept:weep forgave:forgive forgiven:forgive forgot:forget knew:know wore:wear blew:blow blown:blow rang:ring rung:ring shook:shake shaken:shake bore:bear born:bear drank:drink drunk:drink woke:wake sang:sing sung:sing stung:sting sprang:spring tied:tie died:die lied:lie eyed:eye dyed:dye ground:grind sworn:swear swore:swear withdrawn:withdraw withdrew:withdraw flung:fling clung:cling swung:swing spun:spin sped:speed understood:understand overlaid:overlay inlaid:inlay interwoven:interweave undergone:undergo overgrown:overgrow heard:hear paid:pay mown:mow sown:sow sewn:sew`);
