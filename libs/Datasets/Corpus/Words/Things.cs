namespace Platform.Datasets.Corpus.Words;

/// <summary>What can be owned, lost, lent and found.</summary>
internal static class Things
{
    public static readonly string[] Toys = WordList.Of(
        """
        kite, doll, ball, drum, puppet, puzzle, marble, yoyo, whistle, balloon, scooter, sledge, skateboard, teddy,
        rattle, boomerang, frisbee, rocket, dinosaur, spinner, tractor, dollhouse, slingshot, periscope, telescope,
        microscope, magnet, kaleidoscope
        """);

    public static readonly string[] Treasures = WordList.Of(
        """
        ring, necklace, bracelet, brooch, locket, medal, coin, crown, pearl, ruby, emerald, sapphire, diamond, opal,
        amulet, goblet, pendant, figurine, crystal, feather, fossil, shell, seashell, stamp, compass, dagger, shield,
        statue, mask, mirror
        """);

    public static readonly string[] Household = WordList.Of(
        """
        lamp, clock, kettle, teapot, vase, basket, bucket, broom, pillow, blanket, candle, cup, plate, bowl, jug, mug,
        tray, carpet, cushion, curtain, ladder, rope, umbrella, suitcase, briefcase, wallet, purse, notebook, calendar,
        album, camera, radio, lantern, torch, thermos, thimble, comb, hairbrush, towel, sponge
        """);

    public static readonly string[] Tools = WordList.Of(
        """
        hammer, saw, drill, wrench, chisel, shovel, rake, spade, axe, pickaxe, screwdriver, crowbar, trowel,
        wheelbarrow, sickle, paintbrush, anvil, pulley, vice, chainsaw
        """);

    public static readonly string[] Clothes = WordList.Of(
        """
        hat, scarf, coat, jacket, sweater, shirt, dress, skirt, vest, cap, cape, belt, apron, raincoat, bonnet,
        cardigan, kimono, poncho, tuxedo, turban, hoodie, blouse, gown, beret
        """);

    public static readonly string[] Instruments = WordList.Of(
        """
        violin, piano, flute, guitar, trumpet, cello, harp, clarinet, trombone, banjo, accordion, harmonica, saxophone,
        tuba, mandolin, ukulele, xylophone, oboe, bassoon, organ, tambourine, viola, bagpipe, recorder
        """);

    public static readonly string[] Containers = WordList.Of(
        """
        box, chest, trunk, drawer, cupboard, wardrobe, cabinet, safe, crate, barrel, casket, locker, toolbox, hamper,
        cabin, shed, cellar, vault, pantry, desk
        """);

    public static readonly string[] Vehicles = WordList.Of(
        """
        train, bus, ferry, tram, bicycle, taxi, boat, carriage, truck, van, helicopter, airship, canoe, motorbike,
        submarine, cart, sleigh, raft, yacht, steamer
        """);

    public static readonly string[] Games = WordList.Of(
        """
        chess, tennis, checkers, football, hockey, archery, dominoes, croquet, badminton, volleyball, basketball,
        wrestling, fencing, bowling, golf, cricket, swimming, running, cycling, skating, rowing, climbing, juggling,
        spelling
        """);

    public static readonly string[] Subjects = WordList.Of(
        """
        planets, volcanoes, dinosaurs, whales, bees, pyramids, comets, rivers, knights, spiders, magnets, fossils,
        rainforests, castles, earthquakes, submarines, mushrooms, glaciers, pirates, penguins, inventors, numbers,
        maps, poems
        """);
}
