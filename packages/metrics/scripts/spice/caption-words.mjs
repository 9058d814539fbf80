// The words of the training grammar.
const words = (text) => text.trim().split(/\s*,\s*/);

/** Things that an aerial image shows: singular and plural. */
export const THINGS = words(`
airport, plane, airplane, runway, terminal, hangar, aircraft:aircraft, helicopter, apron, building, house, roof, villa, cottage, apartment, tower, skyscraper,
church, temple, mosque, school, college, hospital, hotel, factory:factories, warehouse, workshop, mill, barn, shed, tent, hut, bungalow, cabin, mansion, castle,
palace, museum, library:libraries, theater, mall, shop, store, market, office, station, platform, depot, garage, parking lot, parking space, car, bus:buses, truck,
van, trailer, vehicle, train, carriage, locomotive, track, railway, rail, tram, road, street, lane, avenue, path, trail, alley, highway, freeway, motorway,
overpass:overpasses, underpass:underpasses, viaduct, bridge, tunnel, crossroad, crossing, intersection, junction, roundabout, ramp, interchange, square, plaza,
court, courtyard, yard, garden, park, lawn, meadow, grassland, pasture, field, farmland, farm, paddy:paddies, orchard, vineyard, plantation, crop, hedge, bush:bushes,
shrub, tree, palm, pine, forest, wood, grove, jungle, river, stream, creek, brook, canal, ditch:ditches, waterway, lake, pond, pool, reservoir, lagoon, swamp, marsh:marshes,
wetland, sea, ocean, bay, gulf, strait, coast, coastline, shore, shoreline, beach:beaches, sand, dune, reef, rock, stone, cliff, island, islet, peninsula, cape, harbor, harbour,
port, pier, dock, wharf:wharves, quay, jetty:jetties, marina, boat, ship, yacht, ferry:ferries, barge, vessel, sailboat, container, crane, wave, foam, spray, water, mountain, hill,
valley, ridge, peak, slope, canyon, gorge, ravine, plateau, plain, basin, crater, volcano, glacier, iceberg, snow, ice, desert, wasteland, bareland, ground, land, soil, earth, mud, gravel, vegetation,
plant, flower, leaf:leaves, playground, stadium, stand, arena, gym, pitch:pitches, diamond, baseball field, football field, soccer field, tennis court, basketball court, golf course, racetrack,
swimming pool, bunker, fairway, runway, storage tank, tank, oil tank, silo, chimney, pipe, pylon, turbine, dam, dike, levee, power station, solar panel, greenhouse, mine, quarry:quarries, pit, construction site,
residential area, industrial area, commercial district, suburb, town, city:cities, village, neighborhood, neighbourhood, community:communities, block, district, zone, area, region, place, center, centre, downtown, campus:campuses,
resort, cemetery:cemeteries, grave, monument, statue, fountain, gate, fence, wall, corridor, corner, edge, side, bank, border, line, strip, stripe, mark, marking, arrow, circle, ring, arc, curve, bend, loop, oval, square, rectangle, triangle, piece,
patch:patches, shadow, shade, cloud, fog, sky, color, shape, texture, pattern, ripple, person:people, man:men, woman:women, child:children, crowd, pedestrian, sheep:sheep, cow, goose:geese, bird, horse`).map(
  (entry) => {
    const [one, many] = entry.split(":");
    return [one, many ?? `${one}s`];
  },
);

/** Words for stuff that stand without an article. */
export const STUFF = words(
  `grass, water, vegetation, sand, snow, ice, gravel, soil, mud, concrete, asphalt, foam, farmland, forest, green land, bare land, wasteland, land, ground, meadow, fog, shade, shrubbery, dirt, brown earth, wilderness, woodland, rock, moss, cement`,
);

export const COLOURS = words(
  `green, dark green, light green, blue, dark blue, light blue, red, white, black, gray, grey, brown, yellow, orange, purple, pink, khaki, golden, silver, beige, cyan, emerald, turquoise, azure, colorful, bright, dark, pale, turbid, muddy, clear, greenish, yellowish, reddish`,
);

export const QUALITIES =
  words(`large, big, small, tiny, huge, long, short, wide, narrow, tall, low, high, deep, shallow, dense, sparse, lush, luxuriant, bare, barren, empty, crowded, busy, quiet, rectangular, square, round, circular, oval, curved, winding, straight, irregular, semicircular, triangular, hexagonal, l-shaped, u-shaped,
flat, steep, smooth, rough, vast, open, broad, thick, thin, new, old, modern, ancient, beautiful, tidy, neat, orderly, messy, dry, wet, calm, sandy, rocky, grassy, wooded, snowy, cloudy, dusty, residential, industrial, commercial, rural, urban, different, similar, parallel, main, central, single, double, several different, various, medium-sized,
two-story, multi-lane, well-arranged, well-kept, abandoned, paved, unpaved, scattered, parked, cultivated, terraced, striped, painted, fenced, broken, deserted, withered, flooded, moored, elevated, rolling, surrounding, neighboring, nearby, adjacent, asphalt, concrete, wooden, metal, stone, brick, white-roofed, ordinary, special, complex, simple, typical`);

export const COUNTS = words(
  `two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, twenty, 2, 3, 5, 10, 12, many, some, several, a few, lots of, a lot of, plenty of, a number of, a large number of, dozens of, hundreds of, a group of, a couple of, rows of, a row of, a pair of, two rows of, a variety of, various, numerous, a cluster of, all kinds of, a series of, most, all, both, few, no, countless, enough, large numbers of, pieces of, multiple, a dozen, three or four, more than ten, about ten, thousands of, a bunch of, a range of, a line of, a stretch of, different kinds of`,
);

export const PLACES = words(
  `near, beside, by, around, in, on, at, next to, close to, along, across, between, among, behind, in front of, above, over, under, below, beneath, inside, outside, within, through, on both sides of, on one side of, on two sides of, on the side of, at the side of, in the middle of, in the center of, in the centre of, at the edge of, on the edge of, on the bank of, on the left of, on the right of, to the left of, to the right of, at the bottom of, on top of, on the top of, at the end of, at the corner of, in the corner of, at the foot of, opposite, opposite to, adjacent to, far from, away from, not far from, toward, towards, beyond, against, with, without, off, down, up, into, out of, past, from, amid, alongside, surrounding, in the north of, in the south of, in the upper left corner of, near to, nearby, in, on, near, with, of, of`,
);

/** Participle, base, third person, -ing: what may happen to things. */
export const ACTIONS =
  words(`parked:park:parks:parking, located:locate:locates:locating, situated:situate:situates:situating, surrounded:surround:surrounds:surrounding, planted:plant:plants:planting, built:build:builds:building, covered:cover:covers:covering, scattered:scatter:scatters:scattering, arranged:arrange:arranges:arranging, lined:line:lines:lining,
placed:place:places:placing, docked:dock:docks:docking, moored:moor:moors:mooring, anchored:anchor:anchors:anchoring, connected:connect:connects:connecting, linked:link:links:linking, separated:separate:separates:separating, divided:divide:divides:dividing, crossed:cross:crosses:crossing, bordered:border:borders:bordering, filled:fill:fills:filling, painted:paint:paints:painting,
stopped:stop:stops:stopping, sailed:sail:sails:sailing, driven:drive:drives:driving, run:run:runs:running, stretched:stretch:stretches:stretching, extended:extend:extends:extending, distributed:distribute:distributes:distributing, dotted:dot:dots:dotting, decorated:decorate:decorates:decorating, equipped:equip:equips:equipping, shaped:shape:shapes:shaping, constructed:construct:constructs:constructing,
enclosed:enclose:encloses:enclosing, encircled:encircle:encircles:encircling, packed:pack:packs:packing, organized:organize:organizes:organizing, stacked:stack:stacks:stacking, hidden:hide:hides:hiding, set:set:sets:setting, marked:mark:marks:marking, spread:spread:spreads:spreading, seen:see:sees:seeing, left:leave:leaves:leaving, composed:compose:composes:composing, made:make:makes:making, grown:grow:grows:growing, stood:stand:stands:standing, laid:lie:lies:lying,
sat:sit:sits:sitting, flown:fly:flies:flying, used:use:uses:using, shown:show:shows:showing, paved:pave:paves:paving, passed:pass:passes:passing, intersected:intersect:intersects:intersecting, curved:curve:curves:curving, clustered:cluster:clusters:clustering, shaded:shade:shades:shading, flanked:flank:flanks:flanking, embraced:embrace:embraces:embracing, formed:form:forms:forming, cut:cut:cuts:cutting, joined:join:joins:joining, loaded:load:loads:loading, taken:take:takes:taking, washed:wash:washes:washing, beaten:beat:beats:beating, hit:hit:hits:hitting, flowed:flow:flows:flowing, circled:circle:circles:circling, overlooked:overlook:overlooks:overlooking, occupied:occupy:occupies:occupying, moved:move:moves:moving, reflected:reflect:reflects:reflecting, played:play:plays:playing, walked:walk:walks:walking, mixed:mix:mixes:mixing, attached:attach:attaches:attaching, interlaced:interlace:interlaces:interlacing`).map(
    (entry) => {
      const [done, base, third, doing] = entry.split(":");
      return { done, base, third, doing };
    },
  );

export const MANNERS = words(
  `neatly, orderly, densely, closely, sparsely, regularly, irregularly, randomly, tightly, evenly, together, compactly, separately, partly, completely, almost, heavily, mostly, nearly, quietly, well, alternately, slowly, side by side, in order, in lines, in rows, in two lines, in a row, in neat rows, here, there, nearby, outside, everywhere, vertically, in disorder, in a mess, one by one, respectively, only, just, also, all, very, quite, too`,
);
