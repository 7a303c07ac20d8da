"""The 1,024 words that replace the digits of a code where carriers filter digits: two of them make over a million
pairs.

They are things, places and people; none is a number or an opt-out word of the carrier. A verification derives its words
from places in this list, so the order must not change while one runs.
"""

CODE_WORDS: tuple[str, ...] = tuple(
    """
abacus acorn actor admiral album alley almond aloe alpaca alpine amber anchor angel ankle antelope antenna
anthem anvil apple apricot apron aquarium arcade archer arctic armchair armor aroma arrow artist asphalt
aspirin aster athlete atlas attic author avenue avocado awning axle baboon backpack badger bagel baker
bakery balcony ballet balloon bamboo banana bandage banjo banner barber barley barn barrel basil basket
bassoon bathtub battery bayou bazaar beach beacon beagle beaver bedroom beehive beetle bench berry bicycle
birch biscuit bishop bison blanket blender blimp blizzard blossom blouse bluebell bobcat bodega boiler
bonfire bonnet bookcase bottle boulder bouquet bowler bracelet brass bravo bread breeze brick bridge brisket
broccoli bronze broom brother bubble bucket buckle budget buffalo bugle builder bumper bungalow bunny burger
burrito burrow butcher butler butter button buzzard cabbage cabin cabinet cable cactus calico calypso camel
camera camper campfire canal canary candle candy canoe canvas canyon captain caramel caravan carbon cardigan
cargo caribou carnival carpet carriage carrot cartoon cashew cashier castle catalog catfish cattle cauldron
cavern cedar ceiling celery cello cement census ceramic chalk champion chapel chapter charcoal chariot
cheddar cheese cherry chestnut chicken chimney chipmunk chisel cider cinema cinnamon circle circus citrus
clarinet clay cliff climber clinic clover cobalt cobbler cobra cocoa coconut coffee collar comet compass
concert condor confetti copper coral corduroy cork cottage cotton cougar council cousin coyote cradle crater
crayon cricket crumpet crystal cucumber cupboard cupcake curtain cushion custard cutlery cyclone cymbal
cypress daffodil dairy daisy dancer daughter dawn deacon denim dentist desert desk dessert diamond diary
diesel dinosaur diploma dolphin domino donkey doorbell doughnut dragon drawer dresser driver drizzle drummer
dugout dumpling dungeon dusk dustpan dynamo eagle earring easel echo eclipse editor eggplant elbow elder
elephant elevator ember emerald emperor empire enamel engine envelope equator eraser errand escort estate
exhibit explorer fabric factory falafel falcon farmer faucet feather fedora fender fennel fern ferret ferry
fiber fiddle fiesta filter finch finger firefly fjord flagpole flamingo flannel flavor fleece flint florist
flute folder forest forge fossil fountain freckle freezer frigate frost fudge funnel furnace furrow fuselage
gadget galaxy gallery galley gallon garage garden gardener gargoyle garlic garnet gateway gazebo gazelle
gecko geyser giant gibbon ginger gingham giraffe glacier glider glitter globe glove goblet goblin golfer
gondola goose gorilla gospel granite grape grass gravel gravy griffin grocery guava guitar gumdrop guppy
gutter gymnast habitat hacienda halibut hallway hamlet hammer hammock hamster handbag hangar harbor harness
harp harvest hatbox hatchet haystack hazelnut headlamp hedgehog helmet herald herbal hermit heron hexagon
hickory highway hippo hockey honey horizon hornet horse hostel hound hummus hunter hurdle husky hydrant
iceberg icicle igloo iguana incense indigo infant inkblot inkwell insect island ivory jackal jacket jaguar
jasmine javelin jelly jersey jester jewel jigsaw jockey jogger journal journey juggler juice jukebox jungle
juniper kangaroo karate kayak kazoo keeper kennel kernel kettle keyboard keyhole kidney kimono kingdom
kitchen kitten kiwi knapsack knuckle koala lacquer lacrosse ladder ladle ladybug lagoon lakeside lantern
laptop lasso lattice laundry lavender leather lecture ledger legend lemon lemonade leopard lettuce library
licorice lilac linen lion lizard llama lobby lobster locket locust lodge lollipop lotion lotus luggage
lullaby lumber lynx lyric macaroni machine magazine magnet magnolia magpie mahogany mailbox mallard mammoth
manatee mandolin mango mansion mantle maple marathon marble marigold marina market marlin marsh martian
marzipan mascot mason mattress mayor meadow meatball medal melody melon merchant mercury mermaid meteor
metro midnight minnow mirror mitten mixer moat moccasin molasses monarch monkey monument moose mosaic
mosquito mountain mouse mudflap muffin mulberry muscle museum mushroom musician muslin mustang mustard
napkin narwhal nebula necklace nectar needle nephew neptune nickel noodle notebook nozzle nugget nursery
nutmeg nylon oasis oatmeal obelisk oboe ocean octagon octopus olive omelet onion opal opera orbit orchard
orchid organ origami ostrich otter outfit outpost oven oxygen oyster paddle padlock painter palace palette
palm pamphlet pancake panda panel panther papaya paprika parade parasol parcel parka parlor parrot parsley
pasta pastel pastry pasture patio pavilion peach peacock peanut pebble pecan pedal pelican pencil penguin
penny pepper perfume petal petunia pewter pheasant phoenix piano piccolo pier pigeon pillow pilot pinwheel
pioneer pirate pitcher pizza planet plank planter plaster plateau platypus plaza plumber plywood pocket poet
polka pollen polygon pond pony ponytail poodle popcorn poplar poppy porch porridge portrait postcard potato
pottery powder prairie pretzel prince printer prism pudding puddle puffin pulley pumpkin puppet puppy purple
purse puzzle pyramid python quarry quartz queen quiche quilt quiver quokka rabbit raccoon racket radar
radish raft railway rainbow raincoat raisin ramp ranch ranger rattle raven ravioli razor recipe referee
reptile resin rhubarb ribbon riddle robin robot rocket rodeo rooster rosemary rowboat rubber ruby rudder
rugby runway rutabaga saddle safari saffron sailor salad salmon sandal sandwich sapling sapphire sardine
satchel satin saturn sauce saucer sausage scaffold scallop scarf scholar scissors scooter scorpion sculptor
seagull seal seashell seaweed seesaw senator sequoia sergeant sesame shadow shampoo shark shawl shelf
shepherd sherbet sheriff shield shovel shower shrimp shutter shuttle sidewalk silk silver singer siren
skeleton skillet skirt skyline sled sleigh slipper sloth snail sneaker snorkel snowman soccer socket sofa
soldier sombrero sonnet soprano souffle spaniel sparrow spatula speaker spider spinach spiral sponge spoon
spruce squash squid squirrel stable stadium stallion stamp stapler starfish statue steam steeple stencil
stereo stew stocking stork stream student studio subway sugar suitcase sulfur sundial sunset surfer surgeon
swamp swan sweater swimmer syrup tablet tadpole tailor talcum tango tapestry tapioca tavern taxicab teacher
teacup teapot teardrop temple tennis terrace textile theater thermos thicket thimble thistle throne thunder
thyme tiara tiger timber tinsel toast toaster toboggan toffee tomato tonic toolbox topaz torch tornado
tortoise toucan towel tower tractor trailer train trapeze treasure trellis triangle tricycle trinket trolley
trombone trophy tropic trousers trout trumpet trunk tugboat tulip tundra tunnel turban turbine turkey turnip
turtle tuxedo twilight typist ukulele umbrella unicorn uniform urchin utensil vacuum valley vanilla varnish
vault velvet vendor veranda vessel viaduct vicar village vinegar vineyard violet violin viper visitor
vitamin volcano voyage vulture waffle wagon waiter walkway wallaby walnut walrus waltz wardrobe warrior
washer wasp weasel wedding whale wharf whisker whistle widget wigwam willow windmill windsock wishbone
wizard wolf wombat woodland wool workshop wrench wrestler yacht yarn yogurt yolk zebra zenith zeppelin
zigzag zinc zipper zodiac zucchini
""".split()  # noqa: SIM905 (a thousand quoted words would be a page longer)
)
