using System.Collections.Frozen;
using Bifrost.Calls.Limits;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Dispatch;

/// <summary>What every dispatcher needs.</summary>
public sealed record DispatchTools(FrozenDictionary<string, IDialect> Dialects, TimeProvider Time, Random Random, ILogger Logger, LimitWatch? Watch = null);
