global using System.Collections.Immutable;
global using Bifrost.Abstractions.Chat;
global using Bifrost.Abstractions.Providers;
