using System.Text;
using Bifrost.Chat.Splice;

namespace Bifrost.Calls.Pipeline;

/// <summary>The model and the service tier that an answer names, which decide its price. Of several chunks the last one that names any counts.</summary>
/// <param name="asked">The model asked for, by the provider's name.</param>
internal struct AnsweredNames(string asked)
{
    /// <summary>No name of a model or a tier is longer; one that is, is not priced.</summary>
    private const int NameBytesMax = 256;

    /// <summary>What most answers name that name a tier.</summary>
    private const string UsualTier = "default";

    // As they stood in the JSON; null for those that need no text of their own.
    private byte[]? _model;
    private byte[]? _tier;

    /// <summary>Null when none was named, or the one asked for.</summary>
    public string? Model { get; private set; }

    /// <summary>Null when none was named.</summary>
    public string? ServiceTier { get; private set; }

    /// <summary>Makes nothing where the names are the usual ones or those of the chunk before.</summary>
    public void Add(ReadOnlySpan<byte> json, in CompletionShape shape)
    {
        var model = shape.ModelIn(json);
        if (Ascii.Equals(model, asked)) (_model, Model) = (null, null);
        else if (IsNew(model, _model)) (_model, Model) = (model.ToArray(), TextOf(model));

        var tier = shape.ServiceTierIn(json);
        if (Ascii.Equals(tier, UsualTier)) (_tier, ServiceTier) = (null, UsualTier);
        else if (IsNew(tier, _tier)) (_tier, ServiceTier) = (tier.ToArray(), TextOf(tier));
    }

    private static bool IsNew(ReadOnlySpan<byte> name, byte[]? known) =>
        name.Length is > 0 and <= NameBytesMax && !name.SequenceEqual(known.AsSpan());

    /// <summary>The one escape that encoders put into such names is undone.</summary>
    private static string TextOf(ReadOnlySpan<byte> raw) => Encoding.UTF8.GetString(raw).Replace("\\/", "/", StringComparison.Ordinal);
}
