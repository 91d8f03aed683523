global using System.Collections.Immutable;
global using Bifrost.Core.Stores;
