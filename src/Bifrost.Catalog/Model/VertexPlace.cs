namespace Bifrost.Catalog.Model;

/// <summary>Where a key opens models of Google's cloud.</summary>
/// <param name="Project">The project that pays; empty: the key is one of the express mode, which names none and is sent as it is.</param>
/// <param name="Location">Such as <c>us-central1</c>, <c>eu</c> or <c>global</c>.</param>
/// <param name="TokenUrl">Where access tokens come from, in place of Google's own addresses; null: those.</param>
public sealed record VertexPlace(string Project, string Location, Uri? TokenUrl);
