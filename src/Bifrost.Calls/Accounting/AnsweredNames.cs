using System.Text;
using Bifrost.Chat.Splice;

namespace Bifrost.Calls.Accounting;

/// <summary>The models and the service tiers that an answer names, wherever it does: the dearest of them decides its price.</summary>
/// <param name="asked">The model asked for, by the provider's name.</param>
internal struct AnsweredNames(string asked)
{
    /// <summary>No name of a model or a tier is longer; one that is, is not priced.</summary>
    private const int NameBytesMax = 256;

    /// <summary>Different names of one answer that count; it has one of each, mostly the one asked for.</summary>
    private const int NamesMax = 8;

    /// <summary>What most answers name that name a tier.</summary>
    private const string UsualTier = "default";

    // The last one as it stood in the JSON: most chunks name the same.
    private byte[]? _model;
    private byte[]? _tier;
    private ImmutableArray<string> _models;
    private ImmutableArray<string> _tiers;

    /// <summary>Those that are not the one asked for.</summary>
    public readonly ImmutableArray<string> Models => _models.IsDefault ? [] : _models;

    public readonly ImmutableArray<string> ServiceTiers => _tiers.IsDefault ? [] : _tiers;

    /// <summary>Makes nothing where the names are the usual ones or those of the chunk before.</summary>
    public void Add(ReadOnlySpan<byte> json, in CompletionShape shape)
    {
        var model = shape.ModelIn(json);
        if (!Ascii.Equals(model, asked) && IsNew(model, _model)) Keep(ref _models, ref _model, model);
        var tier = shape.ServiceTierIn(json);
        if (IsNew(tier, _tier)) Keep(ref _tiers, ref _tier, tier);
    }

    private static bool IsNew(ReadOnlySpan<byte> name, byte[]? known) =>
        name.Length is > 0 and <= NameBytesMax && !name.SequenceEqual(known.AsSpan());

    /// <summary>The one escape that encoders put into such names is undone.</summary>
    private static void Keep(ref ImmutableArray<string> names, ref byte[]? last, ReadOnlySpan<byte> raw)
    {
        last = raw.ToArray();
        var name = Ascii.Equals(raw, UsualTier) ? UsualTier : Encoding.UTF8.GetString(raw).Replace("\\/", "/", StringComparison.Ordinal);
        if (names.IsDefault) names = [name];
        else if (names.Contains(name)) return;
        else if (names.Length < NamesMax) names = names.Add(name);

        // Whoever names more of them is believed as to the last one.
        else names = names.SetItem(NamesMax - 1, name);
    }
}
