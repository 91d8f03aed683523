namespace Bifrost.Chat.Splice;

/// <summary>Bytes of what a model said, as they stand in the JSON.</summary>
public record struct ContentBytes
{
    /// <summary>All of it: text, pictures, sound, and what is not known.</summary>
    public long All { readonly get; private set; }

    /// <summary>What is surely text: at least a token for every so many bytes.</summary>
    public long Text { readonly get; private set; }

    public void Add(long bytes, bool isText)
    {
        All += bytes;
        if (isText) Text += bytes;
    }

    public void Add(in ContentBytes more)
    {
        All += more.All;
        Text += more.Text;
    }
}
