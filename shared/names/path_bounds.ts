/**
 * How long paths in a tree may be: the same for the paths of requests, for what the storage records
 * and for what clients are told, so that a path is refused once, with the bound that it exceeds.
 */

/** The most bytes of a path in UTF-8, with the slashes between its elements (PATH_MAX of Linux). */
export const MAX_PATH_BYTES = 4096;

/** The most bytes of an element in UTF-8 (NAME_MAX of Linux and macOS). */
export const MAX_ELEMENT_BYTES = 255;

/**
 * The most elements of a path. Each is a row of the catalog that a listing or a move goes through;
 * no folder that people made was seen with more than some 20.
 */
export const MAX_ELEMENTS = 64;
