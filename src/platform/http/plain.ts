/** What a DTO class describes, as the plain object that is answered: nobody calls its constructor. */
export type Plain<Dto> = Dto extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : Dto extends object
    ? { readonly [Member in keyof Dto]: Plain<Dto[Member]> }
    : Dto;
