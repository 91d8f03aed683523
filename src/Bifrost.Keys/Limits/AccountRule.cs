using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Keys.Limits;

/// <summary>A shared limit that binds a call.</summary>
/// <param name="Key">Grain key of its account.</param>
/// <param name="Level">Its owner as a refusal names it, for example <c>team 'search'</c>.</param>
/// <param name="Limit">What the catalog says.</param>
/// <param name="Owner">What its owner is.</param>
internal sealed record AccountRule(string Key, string Level, RateLimit Limit, RefusalLevel Owner = RefusalLevel.Provider);
