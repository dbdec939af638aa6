namespace Platform.Datasets.Corpus.Words;

/// <summary>Who the stories tell of.</summary>
internal static class Names
{
    public static readonly string[] Girls = WordList.Of(
        """
        Ada, Alice, Amy, Anna, Bella, Beth, Cara, Clara, Daisy, Dora, Ella, Emma, Eva, Fiona, Flora, Grace, Hanna,
        Hazel, Ida, Irene, Iris, Jane, Julia, Kate, Laura, Lena, Lily, Lucy, Lydia, Mara, Maria, Martha, Mia, Mona,
        Nadia, Nina, Nora, Olga, Olive, Paula, Petra, Polly, Rosa, Ruth, Sally, Sara, Sonia, Stella, Tara, Tilda, Vera,
        Wanda, Zoe
        """);

    public static readonly string[] Boys = WordList.Of(
        """
        Adam, Albert, Alex, Anton, Arthur, Ben, Boris, Bruno, Carl, Colin, Daniel, David, Edgar, Emil, Eric, Felix,
        Frank, Fred, George, Gus, Hans, Harry, Henry, Hugo, Isaac, Ivan, Jack, Jacob, James, Jonas, Karl, Leo, Louis,
        Lucas, Marco, Martin, Max, Milo, Nathan, Noah, Oscar, Otto, Paul, Peter, Ralph, Robert, Sam, Simon, Theo, Tom,
        Victor, Walter, William
        """);

    public static readonly string[] PetNames = WordList.Of(
        """
        Biscuit, Bubbles, Button, Captain, Cocoa, Cookie, Domino, Ginger, Marble, Mittens, Muffin, Noodle, Nutmeg,
        Patch, Peanut, Pepper, Pickle, Pudding, Rocket, Rusty, Shadow, Snowball, Socks, Sparky, Toffee, Whiskers,
        Widget, Ziggy
        """);

    public static readonly string[] Relatives = WordList.Of(
        "grandmother, grandfather, aunt, uncle, cousin, godmother, godfather, stepsister, nephew, niece, neighbour");

    public static readonly string[] Heroes = WordList.Of(
        """
        knight, wizard, pirate, princess, giant, dragon, mermaid, fairy, king, queen, prince, goblin, troll, witch,
        ghost, robot, sailor, hunter, dwarf, unicorn, phoenix, hermit, samurai, viking, genie, monster, shepherd,
        miller
        """);

    public static readonly string[] HeroHomes = WordList.Of(
        """
        castle, tower, palace, cottage, ruin, dungeon, lagoon, canyon, volcano, glacier, jungle, swamp, labyrinth,
        abbey, fortress, tent, treehouse, lighthouse, shipwreck, grotto
        """);
}
