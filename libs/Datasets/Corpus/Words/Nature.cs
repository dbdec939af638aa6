namespace Platform.Datasets.Corpus.Words;

/// <summary>Animals, plants and the weather.</summary>
internal static class Nature
{
    /// <summary>An animal to keep, the food it loves and the sound it made.</summary>
    public static readonly Animal[] Pets = Animals(
        """
        dog/bone/barked; cat/fish/meowed; rabbit/carrots/snuffled; pony/apples/neighed; parrot/walnuts/squawked;
        goat/cabbage/bleated; pig/potatoes/grunted; duck/bread/quacked; mouse/cheese/squeaked; hamster/seeds/rustled;
        donkey/hay/brayed; hen/corn/clucked; turtle/lettuce/hissed; monkey/bananas/chattered; hedgehog/beetles/sniffed;
        squirrel/acorns/clicked; puppy/sausages/yelped; kitten/milk/purred; lamb/grass/bawled; goose/barley/honked
        """);

    public static readonly string[] Wild = WordList.Of(
        """
        bear, wolf, fox, deer, owl, eagle, snake, lion, tiger, elephant, giraffe, zebra, camel, kangaroo, panda, koala,
        leopard, crocodile, hippo, rhino, gorilla, otter, beaver, badger, raccoon, moose, lynx, walrus, seal, dolphin,
        whale, shark, octopus, crab, lobster, penguin, ostrich, flamingo, peacock, swan, heron, stork, hawk, falcon,
        raven, crow, pigeon, sparrow, robin, swallow, woodpecker, bat, frog, toad, lizard, snail, beetle, butterfly
        """);

    /// <summary>What people fear, and the sign of it.</summary>
    public static readonly string[][] Fears = WordList.Rows(
        """
        spider/a web across the window; snake/a hiss in the grass; ghost/a moan in the chimney; wolf/a howl from the
        trees; bee/a buzz near the flowers; rat/a scratch inside the wall; bear/a growl in the bushes; owl/a hoot from
        the roof; wasp/a hum above the jam; thief/a footprint on the carpet; crocodile/a splash in the reeds; bat/a
        flutter in the dark; bull/a snort behind the fence; scorpion/a shadow in the boot; jellyfish/a sting in the
        water
        """);

    public static readonly string[] Flowers = WordList.Of(
        """
        roses, tulips, daisies, lilies, sunflowers, poppies, violets, orchids, daffodils, irises, pansies, marigolds,
        bluebells, carnations, geraniums, peonies, snowdrops, crocuses, hyacinths, asters, dahlias, petunias,
        primroses, begonias, camellias
        """);

    public static readonly string[] Trees = WordList.Of(
        """
        birch, pine, maple, willow, cedar, elm, beech, chestnut, poplar, spruce, cypress, palm, fig, olive, alder,
        hawthorn, juniper, sycamore
        """);

    /// <summary>The weather's sign, what to take along, and what it is good for.</summary>
    public static readonly string[][] Weather = WordList.Rows(
        """
        dark clouds hung low/an umbrella/stayed dry in the rain; snow lay on the roofs/a pair of boots/kept warm feet
        in the snow; the sun burned hot/a straw hat/sat in its shade; thick fog came up/a lantern/found the path in the
        fog; a strong wind blew/a kite/let it fly in the wind; frost covered the grass/a pair of mittens/kept warm
        hands in the frost; thunder rolled far away/a candle/had light when the storm came; ice covered the pond/a pair
        of skates/ glided over the ice; the air was still and hot/a paper fan/cooled down in the heat; the river had
        flooded the road/ a rowing boat/crossed the flood; the night was clear/a telescope/looked at the stars; dust
        filled the air/a silk veil/breathed without the dust
        """);

    public static readonly string[] Seasons = WordList.Of("spring, summer, autumn, winter");

    private static Animal[] Animals(string rows) =>
        [.. WordList.Rows(rows).Select(row => new Animal(row[0], row[1], row[2]))];
}
