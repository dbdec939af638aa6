namespace Platform.Datasets.Corpus.Words;

/// <summary>What people do for a living, and what ails and heals them.</summary>
internal static class Work
{
    public static readonly Job[] Jobs = [.. WordList.Rows(
        """
        baker/baked bread/bakery; doctor/read books about medicine/clinic; farmer/planted wheat/farmhouse; sailor/tied
        knots/ship; painter/mixed colours/studio; teacher/explained sums/classroom; pilot/folded model planes/cockpit;
        carpenter/carved wood/workshop; tailor/sewed buttons/tailoring shop; gardener/watered seedlings/nursery garden;
        dentist/counted teeth/dental office; chef/chopped vegetables/kitchen; blacksmith/hammered iron/forge;
        librarian/sorted novels/reading room; mechanic/fixed engines/garage; astronomer/mapped the stars/observatory;
        fisherman/mended nets/trawler; potter/shaped clay/pottery; weaver/wove cloth/weaving mill; jeweller/polished
        gems/jewellery shop; photographer/took pictures/darkroom; journalist/wrote reports/newsroom; lawyer/studied
        laws/courtroom; nurse/wrapped bandages/ward; butcher/sharpened knives/butchery; plumber/joined pipes/plumbing
        yard; electrician/connected wires/power plant; firefighter/unrolled hoses/fire station; postman/sorted
        letters/post office; barber/cut hair/barbershop; architect/drew houses/drawing office; singer/practised
        songs/opera; dancer/learned steps/ballet; clown/told jokes/circus tent; magician/shuffled cards/magic theatre;
        beekeeper/tended hives/apiary; miner/dug tunnels/coal mine; printer/set type/printing house;
        watchmaker/repaired clocks/watch shop; geologist/collected rocks/rock museum; chemist/heated
        liquids/laboratory; coach/trained runners/sports hall; vet/cared for puppies/animal hospital; brewer/stirred
        barrels/brewery; cobbler/stitched shoes/shoe shop
        """).Select(row => new Job(row[0], row[1], row[2]))];

    /// <summary>What hurts and what helps.</summary>
    public static readonly string[][] Ailments = WordList.Rows(
        """
        a cold/hot tea with honey; a toothache/a visit to the dentist; a broken leg/a plaster cast; a fever/a cool wet
        cloth; a cut finger/a clean bandage; a sore throat/warm milk and a scarf; a headache/sleep in a dark room; a
        stomach ache/ginger and dry toast; a bee sting/ice and an ointment; a bad cough/a spoon of thick syrup; itchy
        eyes/special drops; a sunburn/cool yogurt on the skin; hiccups/seven slow sips of water; a blister/softer
        shoes; weak eyes/a pair of glasses
        """);

    /// <summary>How something breaks, what mends it, and what can break so.</summary>
    public static readonly string[][] Repairs = WordList.Rows(
        """
        cracked/glue/vase, jug, plate, teapot, mug, bowl, mask; tore/needle and thread/kite, curtain, pillow, blanket,
        puppet, carpet; rusted/oil and sandpaper/scooter, saw, shovel, sickle, anvil, bicycle; came loose/three long
        screws/ladder, doorknob, shelf, mirror, handle, skateboard; leaked/tar and wax/bucket, boat, barrel, canoe,
        kettle, raft; lost its colour/a coat of paint/statue, fence, bench, dollhouse, sledge; squeaked/a drop of
        grease/door, wheelbarrow, gate, swing, trunk, pulley; snapped/a strip of metal/broom, rake, spade, axe,
        telescope; got dented/a rubber hammer/trumpet, tuba, shield, saucepan, thermos; got tangled/a fine comb/yoyo,
        wig, net, necklace, spinner; became dull/a polishing cloth/lamp, brooch, goblet, crown, medal; fell
        apart/strong rope/chair, basket, hammock, tent, crate
        """);

    public static readonly string[] Days = WordList.Of(
        "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday");

    public static readonly string[] Months = WordList.Of(
        """
        January, February, March, April, May, June, July, August, September, October, November, December
        """);

    public static readonly string[] Numbers = WordList.Of(
        "two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, fifteen, twenty, thirty");

    /// <summary>Words for passwords: short and rarely used elsewhere.</summary>
    public static readonly string[] Passwords = WordList.Of(
        """
        thunder, moonlight, dragonfly, sunrise, cobweb, whirlwind, lullaby, avalanche, rainbow, starfish, firefly,
        waterfall, snowflake, midnight, blizzard, lavender, horizon, echo, riddle, harvest, twilight, paradise, galaxy,
        carousel, fortune, victory, liberty, silence, mystery, adventure
        """);
}
